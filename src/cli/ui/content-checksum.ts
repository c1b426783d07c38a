import { checksumFromBytes } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { digest } from '../../engine/js/digest.ts';
import { commitContentChecksumInput } from '../../format/object/commit.ts';
import type { Commit } from '../../format/object/commit.ts';

/**
 * SHA-256 of a commit's two root checksums: it names no object, and stays SHA-256 where those are named by BLAKE3. These
 * 64 bytes are all that `show` and `log` hash, so that they load no engine for it.
 */
export function contentChecksum(commit: Commit): Checksum {
  return checksumFromBytes(digest('sha256', commitContentChecksumInput(commit)));
}
