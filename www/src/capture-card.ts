// One capture in the list: what it is, how far it is, what can be done.
import type { MissingTile, Plan } from './protocol.ts';
import { count, missing } from './words.ts';

export interface CardActions {
  cancel(): void;
}

/** A card at the top of the list. */
export class CaptureCard {
  private readonly element = document.createElement('article');
  private readonly line = document.createElement('p');
  private readonly bar = document.createElement('progress');
  private readonly notes = document.createElement('p');
  private readonly buttons = document.createElement('div');

  constructor(list: HTMLElement, title: string, where: string, actions: CardActions) {
    const heading = document.createElement('h2');
    heading.textContent = title;
    const place = document.createElement('small');
    place.textContent = where;
    heading.append(place);
    this.line.className = 'state';
    this.line.setAttribute('role', 'status');
    this.notes.className = 'note';
    this.buttons.className = 'buttons';
    this.element.append(heading, this.line, this.bar, this.notes, this.buttons);
    this.button('Cancel', actions.cancel);
    list.prepend(this.element);
  }

  /** The size, once it is planned. */
  plan(plan: Plan): void {
    this.element.title = `${count(plan.width_px)} × ${count(plan.height_px)} px, ${count(plan.tiles)} tiles`;
  }

  progress(words: string, done: number, total: number): void {
    this.element.dataset['state'] = 'working';
    this.line.textContent = words;
    this.bar.hidden = false;
    this.bar.max = Math.max(1, total);
    this.bar.value = done;
  }

  /** It has ended; what can be done now is up to `button`. */
  end(words: string, state: 'ready' | 'saved' | 'failed'): void {
    this.element.dataset['state'] = state;
    this.line.textContent = words;
    this.bar.hidden = true;
    this.buttons.replaceChildren();
  }

  /** The memory that rendering here took, for whoever looks closely. */
  memory(bytes: number): void {
    this.element.dataset['memoryBytes'] = String(bytes);
    this.line.title = `${count(Math.round(bytes / 2 ** 20))} MiB of WebAssembly memory in each worker at most`;
  }

  missing(tiles: MissingTile[]): void {
    this.notes.textContent = tiles.length > 0 ? missing(tiles) : '';
  }

  button(text: string, action: () => void): void {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = text;
    button.addEventListener('click', action);
    this.buttons.append(button);
  }

  link(text: string, href: string, fileName: string): HTMLAnchorElement {
    const link = document.createElement('a');
    Object.assign(link, { href, textContent: text, download: fileName });
    this.buttons.append(link);
    return link;
  }
}
