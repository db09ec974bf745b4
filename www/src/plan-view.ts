// The plan of what is chosen, before anything is started.
import type { Plan } from './protocol.ts';
import { count, resolution } from './words.ts';

function row(term: string, text: string): HTMLElement[] {
  const dt = document.createElement('dt');
  dt.textContent = term;
  const dd = document.createElement('dd');
  dd.textContent = text;
  return [dt, dd];
}

/** Which layers are brought from other pixels to those of the image. */
function resampled(plan: Plan): string {
  const layers = plan.layers.filter((layer) => layer.resampled);
  return `${layers.map((layer) => `${layer.source} from ${layer.crs}`).join(', ')} to ${plan.crs}`;
}

/** Shows a plan, or in words why there is none. */
export class PlanView {
  constructor(private readonly element: HTMLElement) {}

  wait(): void {
    this.element.classList.add('waiting');
  }

  show(plan: Plan): void {
    const list = document.createElement('dl');
    const ground = (plan.ground_resolution.east_m + plan.ground_resolution.north_m) / 2;
    list.append(
      ...row('Image', `${count(plan.width_px)} × ${count(plan.height_px)} px`),
      ...row('Tiles', count(plan.tiles)),
      ...(plan.layers.some((layer) => layer.resampled) ? row('Resampled', resampled(plan)) : []),
      ...row('One pixel', `${resolution(ground)} of ground`),
      ...(plan.jpeg ? row('JPEG', plan.jpeg.quality === undefined ? 'as the source sends it, nothing lost' : `quality ${plan.jpeg.quality}`) : []),
    );
    const notes = plan.warnings.map((warning) => {
      const note = document.createElement('p');
      note.className = 'note';
      note.textContent = warning;
      return note;
    });
    this.element.className = '';
    this.element.replaceChildren(list, ...notes);
  }

  fail(words: string): void {
    const text = document.createElement('p');
    text.className = 'error';
    text.setAttribute('role', 'alert');
    text.textContent = words;
    this.element.className = '';
    this.element.replaceChildren(text);
  }
}
