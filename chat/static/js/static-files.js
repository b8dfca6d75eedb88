/** The address of a file. The page knows it; a built module lies elsewhere than its source. */
export const staticFile = (path) => document.body.dataset.static + path;
