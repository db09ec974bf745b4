export interface Outcome {
  wait_ms: number;
  ready_ms: number | null;
}
export const POLL_MS: number;
export const COLD_START_MS: number;
export const WARM_MS: number;
export const ANSWER_BYTES: number;
export function polling(arrivals_ms: number[], how: { render_ms: number; workers: number; random: () => number }): Outcome[];
export function queue(arrivals_ms: number[], how: { render_ms: number; workers: number }): Outcome[];
export function oneServer(arrivals_ms: number[], how: { render_ms: number }): Outcome[];
export function functions(arrivals_ms: number[], how: { render_ms: number; file_bytes: number }): Outcome[];
