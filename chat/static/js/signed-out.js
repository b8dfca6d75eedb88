/** On the page for signing in: the page without a connection shows nothing of anybody any more. */
import { Belongings } from "./models/belongings.js";
import { LastReader } from "./models/last-reader.js";
import { SafeStorage } from "./models/safe-storage.js";

const storage = new SafeStorage(() => window.localStorage);
new LastReader({ storage }).forget();
new Belongings({ storage }).clear();
