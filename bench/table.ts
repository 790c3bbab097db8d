/** Figures as lines of a table. */
import { type Figures, ratios, spread } from './alternate.ts';

/** Ours beside a peer's, in the same unit, more being better. */
export interface Row {
  readonly figure: string;
  readonly unit: string;
  readonly ours: Figures;
  readonly peer: Figures;
  /** What the peer is. */
  readonly peerName: string;
  /** The ratio to reach. */
  readonly goal: number;
}

const HEAD = ['figure', 'ours', 'peer', 'ratio', '[min..max]', 'goal'] as const;

export function formatRows(rows: readonly Row[]): string {
  return formatTable([HEAD, ...rows.map(cells)]);
}

function cells({ figure, unit, ours, peer, peerName, goal }: Row): readonly string[] {
  const ratio = spread(ratios(ours, peer));
  return [
    figure,
    `${count(spread(ours).median)} ${unit}`,
    `${count(spread(peer).median)} ${peerName}`,
    ratio.median.toFixed(2),
    `[${ratio.min.toFixed(2)}..${ratio.max.toFixed(2)}]`,
    `≥ ${goal}${ratio.median >= goal ? '' : '  missed'}`,
  ];
}

const count = (figure: number): string => Math.round(figure).toLocaleString('en-US');

/** Cells in columns, left aligned. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const columns = rows[0]!.length;
  const widths = Array.from({ length: columns }, (_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
