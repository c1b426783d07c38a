/** The text of a script as it stands between the backticks; `\${` in it is the script's own `${`. */
export function shellText(parts: TemplateStringsArray): string {
  return parts.raw.join('').replaceAll('\\${', '${');
}
