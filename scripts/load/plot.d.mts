export function stepFor(most: number, marks?: number): number;
export function distribution(title: string, axis: string, series: { name: string; values_ms: (number | null)[] }[]): string;
