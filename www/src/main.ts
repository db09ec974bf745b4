// The page: choose a place, see the plan, capture it.
import { ApiError, listGrids, listSources, planCapture } from './api.ts';
import { captureInBrowser, isReachable, whyNot } from './browser-capture.ts';
import { CaptureCard } from './capture-card.ts';
import { ChoicesForm, toRequest, type Choices } from './choices.ts';
import { captureOnEdge, resumeOnEdge } from './edge-capture.ts';
import { createMap } from './map.ts';
import { PlanView } from './plan-view.ts';
import type { Plan, Source } from './protocol.ts';
import { remembered } from './remembered.ts';
import { distance } from './words.ts';
import './style.css';

function find<T extends HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element as T;
}

/** An error in words that a person can use. */
function words(error: unknown): string {
  if (error instanceof ApiError) {
    const { detail } = error.problem;
    return `${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`;
  }
  return error instanceof Error ? error.message : String(error);
}

const edgeButton = find<HTMLButtonElement>('capture-edge');
const browserButton = find<HTMLButtonElement>('capture-browser');
const captures = find('captures');
const planView = new PlanView(find('plan'));

const hint = find('hint');

function enable(planned: boolean, choices: Choices): void {
  edgeButton.disabled = !planned;
  const sources = [choices.source, ...choices.overlays.map((overlay) => overlay.source)];
  const old = whyNot();
  const reachable = sources.every(isReachable);
  browserButton.disabled = !planned || old !== undefined || !reachable;
  browserButton.title = old ?? (reachable ? '' : 'This source cannot be asked by a page; capture it on the edge.');
  // Who answers some countries alone may not answer the edge; it answers whoever sits there.
  const local = sources.find((source) => source.region !== undefined && source.browser);
  const browserFirst = local !== undefined && old === undefined && reachable;
  edgeButton.classList.toggle('primary', !browserFirst);
  browserButton.classList.toggle('primary', browserFirst);
  hint.hidden = !browserFirst;
  if (local) hint.textContent = `${local.title} may answer addresses in ${countryName(local.region ?? '')} only: if you are there, capture it in this browser.`;
}

function countryName(code: string): string {
  return new Intl.DisplayNames('en', { type: 'region' }).of(code.toUpperCase()) ?? code;
}

/** What a capture's card says of it. */
function namesOf(choices: Choices, how: string): { title: string; where: string } {
  const [lon, lat] = choices.center;
  return { title: choices.source.title, where: `${distance(choices.radiusM)} around ${lat.toFixed(4)}, ${lon.toFixed(4)}, ${how}` };
}

/** A card, and the word that its capture is cancelled. */
function makeCard({ title, where }: { title: string; where: string }): { card: CaptureCard; cancelled: Promise<void> } {
  let cancel = (): void => undefined;
  const cancelled = new Promise<void>((resolve) => (cancel = resolve));
  return { card: new CaptureCard(captures, title, where, { cancel: () => cancel() }), cancelled };
}

/** Starts a capture on a card of its own. */
function start(names: { title: string; where: string }, run: (card: CaptureCard, cancelled: Promise<void>) => Promise<void>): void {
  const { card, cancelled } = makeCard(names);
  run(card, cancelled).catch((error: unknown) => card.end(words(error), 'failed'));
}

/** Goes on with what an earlier page began. */
function resumeAll(): void {
  for (const capture of remembered()) {
    let card: CaptureCard | undefined;
    const make = (): ReturnType<typeof makeCard> => {
      const made = makeCard(capture);
      ({ card } = made);
      return made;
    };
    resumeOnEdge(capture.id, make).catch((error: unknown) => card?.end(words(error), 'failed'));
  }
}

async function main(): Promise<void> {
  const [sources, grids] = await Promise.all([listSources(), listGrids()]);
  const map = createMap(find('map'), grids);
  const shown = ({ source, overlays }: Choices): Source[] => [source, ...overlays.map((overlay) => overlay.source)];
  let asking = new AbortController();

  const plan = async (choices: Choices): Promise<void> => {
    asking.abort();
    asking = new AbortController();
    planView.wait();
    enable(false, choices);
    try {
      const planned: Plan = await planCapture(toRequest(choices), asking.signal);
      planView.show(planned);
      map.mark(choices.center, choices.radiusM, planned);
      enable(true, choices);
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return;
      planView.fail(words(error));
    }
  };

  const form = new ChoicesForm(sources, grids, (choices, what) => {
    if (what.source) map.show(shown(choices));
    map.mark(choices.center, choices.radiusM);
    if (what.source && what.area) map.frame(choices.center, choices.radiusM);
    void plan(choices);
  });
  map.onClick((center) => form.setCenter(center));
  map.show(shown(form.choices));
  map.mark(form.choices.center, form.choices.radiusM);

  edgeButton.addEventListener('click', () => {
    const request = toRequest(form.choices);
    const names = namesOf(form.choices, 'on the edge');
    start(names, (card, cancelled) => captureOnEdge(request, names, card, cancelled));
  });
  browserButton.addEventListener('click', () => {
    const request = toRequest(form.choices);
    start(namesOf(form.choices, 'in this browser'), (card, cancelled) => captureInBrowser(request, sources, card, cancelled));
  });
  resumeAll();
  await plan(form.choices);
}

main().catch((error: unknown) => planView.fail(words(error)));
