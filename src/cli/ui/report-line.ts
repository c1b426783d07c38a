/** The version of everything that `--json` prints; `report.schema.json` describes it. A field that comes does not change it. */
const JSON_VERSION = 1;

/** The report of a verb as one line of JSON, its version first. */
export function reportLine(report: object): string {
  return `${JSON.stringify({ version: JSON_VERSION, ...report })}\n`;
}
