/** Pieces of an exported C program that stand before its steps. */

/** What a program is, as far as its pieces depend on it. */
export interface Shape {
  /** A process of its own watches the program, which may stop, leave files behind or limit itself. */
  readonly supervised: boolean;
  /** How many processes the program may come to have. */
  readonly processes: number;
  /** Variables for the names of results. */
  readonly variables: readonly string[];
  /** Names of addresses: how many the print knows. */
  readonly addresses: number;
  readonly steps: number;
  /** Files to remove at the end, by number. */
  readonly files: readonly number[];
  /** Segments of shared memory that the program may make. */
  readonly segments: number;
  /** Width of the column of steps in the print. */
  readonly width: number;
}

export interface Fragment {
  /** Pieces that must stand before this one. */
  readonly needs?: readonly string[];
  /** Headers, without the brackets. */
  readonly includes?: readonly string[];
  /** @param used  the pieces that the program has, this one included */
  readonly code: (shape: Shape, used: ReadonlySet<string>) => string;
}

/** Pieces in the order in which they stand in a program. */
export type Fragments = Readonly<Record<string, Fragment>>;

/** The headers and the text of the wanted pieces and of all that they need. */
export function assemble(
  fragments: Fragments,
  wanted: Iterable<string>,
  shape: Shape,
): { readonly includes: readonly string[]; readonly text: string } {
  const used = new Set<string>();
  const add = (id: string) => {
    if (used.has(id)) return;
    used.add(id);
    fragments[id]!.needs?.forEach(add);
  };
  for (const id of wanted) add(id);
  const pieces = Object.entries(fragments).filter(([id]) => used.has(id));
  const includes = new Set(pieces.flatMap(([, piece]) => piece.includes ?? []));
  return { includes: [...includes].sort(), text: pieces.map(([, piece]) => piece.code(shape, used)).join('') };
}
