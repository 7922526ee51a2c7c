/** What `npm pack --json` answers. */
export interface Packed {
  readonly filename: string;
  /** Bytes of the tarball. */
  readonly size: number;
  /** Bytes of its files. */
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

/** Bounds above what is packed (797 kB, 2.8 MB with 21 entries), so that a folder that does not belong there is noticed. */
const MOST_BYTES = { size: 900_000, unpackedSize: 3_200_000 } as const;

const NEEDED = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md'];
const PUBLISHED = /^(?:dist\/.+\.(?:js|d\.ts)|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/;
/** Published names that a test or a tool would have. The entry `ackline/testing` has neither. */
const OF_TESTS = /\.(?:test|bench|spec)(?:-d)?\.|(?:^|\/)(?:test|bench|demo)\//;

/** What is wrong with the files of the tarball: some are missing, do not belong there, or are too large. */
export function packedFaults(packed: Packed, modules: readonly string[]): readonly string[] {
  const paths = packed.files.map(({ path }) => path);
  const needed = [...NEEDED, ...modules.map((path) => path.replace(/^\.\//, ''))];
  const large = (['size', 'unpackedSize'] as const).filter((of) => packed[of] > MOST_BYTES[of]);
  return [
    ...needed.filter((path) => !paths.includes(path)).map((path) => `the package lacks ${path}`),
    ...paths
      .filter((path) => !PUBLISHED.test(path) || OF_TESTS.test(path))
      .map((path) => `the package holds ${path}`),
    ...large.map((of) => `the ${of} of the package is ${packed[of]}, over ${MOST_BYTES[of]}`),
  ];
}
