/** On the page for signing in: the page without a connection shows nothing of anybody any more. */
import { LastReader } from "./models/last-reader.js";
import { SafeStorage } from "./models/safe-storage.js";

new LastReader({ storage: new SafeStorage(() => window.localStorage) }).forget();
