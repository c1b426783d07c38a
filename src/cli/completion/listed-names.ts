/**
 * A script of `sed -E` that makes what `ls` prints of a directory into the names of its entries: directories end in a slash, names
 * with blanks are left out.
 */
export const LISTED_NAMES = String.raw`1d; /^.[0-7]+( +[0-9]+){3} [^ ]+( -> .*)?$/!d; s|^(.)[^/]* ([^ ]+).*|\1\2|; s|^d(.*)|\1/|; s|^[-l]||`;
