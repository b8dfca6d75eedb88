/**
 * Makes the children of `parent` match `items`, by key and with as few changes as possible. Elements
 * of remaining items are kept, so focus, selection and scroll position survive.
 *
 * @param {Map<string, HTMLElement>} known the elements by key; kept by the caller
 * @param {{create: (item) => HTMLElement, update: (element, item) => void}} kind
 */
export function reconcile(parent, items, known, { create, update }) {
  const wanted = new Set(items.map(({ key }) => key));
  for (const [key, element] of known) {
    if (wanted.has(key)) continue;
    element.remove();
    known.delete(key);
  }
  let place = parent.firstChild;
  for (const item of items) {
    let element = known.get(item.key);
    if (!element) {
      element = create(item);
      known.set(item.key, element);
    }
    update(element, item);
    if (element === place) place = place.nextSibling;
    else parent.insertBefore(element, place);
  }
}
