import type { GlobalSettings } from './command.ts';

/** The release of libostree whose behaviour we match. */
export const LIBOSTREE_VERSION = '2022.7';
export const COPPICE_VERSION = '0.1.0';
/** What manual pages say about their age. */
export const RELEASE_DATE = '2026-11-26';

/** Names as libostree prints them, of those things that really work here: `libarchive` stands for tar archives. */
const FEATURES: readonly string[] = ['libarchive'];

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

function featureLines(): string[] {
  return FEATURES.length === 0 ? [' Features: []'] : [' Features:', ...FEATURES.map((name) => `  - ${name}`)];
}

/** The page of `--version`: YAML with a map of libostree's and one of our own. */
export async function versionPage(settings: Pick<GlobalSettings, 'engine'>): Promise<string> {
  const { createRuntime } = await import('../runtime.ts');
  const { engine, engineReason } = createRuntime({ engine: settings.engine, threads: 0 });
  const lines = [
    'libostree:',
    ` Version: ${quoted(LIBOSTREE_VERSION)}`,
    ...featureLines(),
    'coppice:',
    ` Version: ${quoted(COPPICE_VERSION)}`,
    ` Engine: ${engine.name}`,
    ` Reason: ${quoted(engineReason)}`,
  ];
  return `${lines.join('\n')}\n`;
}
