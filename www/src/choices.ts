// What is to be captured: the form's fields as one value.
import { gridOf, type Level, type SourceGrid } from './grids.ts';
import { unitMetres } from './projections.ts';
import type { CaptureRequest, Format, GridSpec, OnMissing, Source } from './protocol.ts';
import { count, distance } from './words.ts';

/** The widest image that is proposed by itself; more can be chosen. */
const PROPOSED_PX = 6000;
/** An image wider than this is not offered: the edge would refuse it. */
const OFFERED_PX = 32_768;

/** A layer on top of the base. */
export interface Overlay {
  source: Source;
  /** Whether it darkens what is below instead of covering it. */
  multiplies: boolean;
}

export interface Choices {
  source: Source;
  grid: SourceGrid;
  overlays: Overlay[];
  center: [number, number];
  radiusM: number;
  zoom: number;
  format: Format;
  onMissing: OnMissing;
}

/** The choices that a width follows from. */
type Place = Pick<Choices, 'source' | 'grid' | 'center' | 'radiusM'>;

/** About how many pixels wide an image would be; the plan has the exact number. */
export function approximateWidth({ grid, center, radiusM }: Place, level: Level): number {
  return Math.round((2 * radiusM) / (level.resolution * unitMetres(grid.crs, center[1])));
}

/** The finest level whose image is not wider than what is proposed. */
export function proposedZoom(place: Place): number {
  // The embedded map has its detail to level 8; beyond, its lines only get longer.
  const detailed = (level: Level): boolean => place.source.kind !== 'naturalearth' || level.z <= 8;
  const levels = place.grid.levels.filter(detailed);
  const fitting = levels.filter((level) => approximateWidth(place, level) <= PROPOSED_PX);
  return fitting.at(-1)?.z ?? levels[0]?.z ?? place.source.min_zoom;
}

export function toRequest(choices: Choices): CaptureRequest {
  // Seven decimals of a degree are a centimetre.
  const round = (degrees: number): number => Number(degrees.toFixed(7));
  return {
    area: { center: [round(choices.center[0]), round(choices.center[1])], radius_m: choices.radiusM },
    layers: [
      { source: choices.source.id },
      ...choices.overlays.map(({ source, multiplies }) => ({ source: source.id, ...(multiplies ? { blend: 'multiply' as const } : {}) })),
    ],
    zoom: choices.zoom,
    format: choices.format,
    on_missing: choices.onMissing,
  };
}

function find<T extends HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element as T;
}

/** The form. Calls `changed` whenever something else is chosen; `fresh` says that it is another place or size. */
export class ChoicesForm {
  private readonly source = find<HTMLSelectElement>('source');
  private readonly overlays = find<HTMLDetailsElement>('overlays');
  private readonly latitude = find<HTMLInputElement>('latitude');
  private readonly longitude = find<HTMLInputElement>('longitude');
  private readonly radius = find<HTMLDivElement>('radius');
  private readonly zoom = find<HTMLSelectElement>('zoom');
  private readonly format = find<HTMLSelectElement>('format');
  private readonly missing = find<HTMLSelectElement>('missing');
  private current: Choices;

  constructor(
    private readonly sources: Source[],
    private readonly grids: Record<string, GridSpec>,
    private readonly changed: (choices: Choices, what: { source?: boolean; area?: boolean }) => void,
  ) {
    const first = sources[0];
    if (!first) throw new Error('No map source is enabled on this server.');
    for (const source of sources) this.source.add(new Option(source.title, source.id));
    const start = { source: first, grid: gridOf(first, grids), overlays: [], center: [127.5, 36.5] as [number, number], radiusM: first.presets_m[1] ?? 1000 };
    this.current = { ...start, zoom: proposedZoom(start), format: 'png', onMissing: 'fail' };
    this.listen();
    this.show();
  }

  get choices(): Choices {
    return this.current;
  }

  setCenter(center: [number, number]): void {
    this.current.center = center;
    this.current.zoom = proposedZoom(this.current);
    this.show();
    this.changed(this.current, { area: true });
  }

  private listen(): void {
    document.getElementById('choices')?.addEventListener('submit', (event) => event.preventDefault());
    this.source.addEventListener('change', () => {
      const source = this.sources.find((s) => s.id === this.source.value);
      if (!source) return;
      this.current.source = source;
      this.current.grid = gridOf(source, this.grids);
      this.current.overlays = this.current.overlays.filter((overlay) => overlay.source !== source);
      if (!source.presets_m.includes(this.current.radiusM)) this.current.radiusM = source.presets_m[1] ?? 1000;
      this.current.zoom = proposedZoom(this.current);
      this.show();
      this.changed(this.current, { source: true, area: true });
    });
    this.overlays.addEventListener('change', () => {
      const rows = [...this.overlays.querySelectorAll<HTMLElement>('[data-source]')];
      this.current.overlays = rows.flatMap((row) => {
        const [shown, multiplies] = [...row.querySelectorAll('input')];
        const source = this.sources.find((s) => s.id === row.dataset['source']);
        return source && shown?.checked ? [{ source, multiplies: multiplies?.checked ?? false }] : [];
      });
      this.changed(this.current, { source: true });
    });
    const typed = (): void => {
      const [lon, lat] = [Number(this.longitude.value), Number(this.latitude.value)];
      const valid = Math.abs(lon) <= 180 && Math.abs(lat) <= 90 && this.longitude.value !== '' && this.latitude.value !== '';
      for (const input of [this.longitude, this.latitude]) {
        input.setCustomValidity(valid ? '' : 'Degrees: latitude -90 to 90, longitude -180 to 180');
        input.reportValidity();
      }
      if (valid) this.setCenter([lon, lat]);
    };
    this.longitude.addEventListener('change', typed);
    this.latitude.addEventListener('change', typed);
    this.radius.addEventListener('change', (event) => {
      this.current.radiusM = Number((event.target as HTMLInputElement).value);
      this.current.zoom = proposedZoom(this.current);
      this.show();
      this.changed(this.current, { area: true });
    });
    this.zoom.addEventListener('change', () => {
      this.current.zoom = Number(this.zoom.value);
      this.changed(this.current, {});
    });
    this.format.addEventListener('change', () => {
      this.current.format = this.format.value as Format;
      this.changed(this.current, {});
    });
    this.missing.addEventListener('change', () => {
      this.current.onMissing = this.missing.value as OnMissing;
      this.changed(this.current, {});
    });
  }

  /** Writes the choices into the fields. */
  private show(): void {
    const { source, center, radiusM, zoom } = this.current;
    this.source.value = source.id;
    this.longitude.value = center[0].toFixed(5);
    this.latitude.value = center[1].toFixed(5);
    this.radius.replaceChildren(
      ...source.presets_m.map((preset) => {
        const label = document.createElement('label');
        const input = document.createElement('input');
        Object.assign(input, { type: 'radio', name: 'radius', value: String(preset), checked: preset === radiusM });
        const text = document.createElement('span');
        text.textContent = distance(preset);
        label.append(input, text);
        return label;
      }),
    );
    this.zoom.replaceChildren();
    for (const level of this.current.grid.levels.toReversed()) {
      const width = approximateWidth(this.current, level);
      if (width > OFFERED_PX || width < 64) continue;
      this.zoom.add(new Option(`Level ${level.z}: about ${count(width)} px wide`, String(level.z)));
    }
    this.zoom.value = String(zoom);
    this.showOverlays();
  }

  /** The sources that lower layers show through, to be laid on top. */
  private showOverlays(): void {
    const { source, overlays } = this.current;
    const others = this.sources.filter((other) => other.transparent && other !== source);
    this.overlays.hidden = others.length === 0;
    const check = (text: string, checked: boolean): HTMLLabelElement => {
      const label = document.createElement('label');
      const input = document.createElement('input');
      Object.assign(input, { type: 'checkbox', checked });
      label.append(input, text);
      return label;
    };
    const rows = others.map((other) => {
      const chosen = overlays.find((overlay) => overlay.source === other);
      const row = document.createElement('div');
      row.dataset['source'] = other.id;
      row.append(check(other.title, chosen !== undefined), check('darken only', chosen?.multiplies ?? false));
      return row;
    });
    this.overlays.querySelector('div')?.replaceChildren(...rows);
  }
}
