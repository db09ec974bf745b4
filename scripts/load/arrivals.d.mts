export function burst(people: number): number[];
export function badHour(people: number, random: () => number, speed: number): number[];
