// What Mapshot is to reach against its peers, as ratios within one run.

/** Content, what of ours, what of a peer, the field, the most that the ratio may be. */
export const TARGETS = [
  ['sat', 'mapshot png', 'gdal png z6', 'bytes', 1],
  ['sat', 'core png', 'gdal png z1', 'ms', 0.35],
  ['sat', 'mapshot png', 'gdal png z1', 'ms', 0.5],
  ['aerial', 'mapshot png', 'gdal png z6', 'bytes', 1.02],
  ['aerial', 'core png', 'gdal png z1', 'ms', 0.5],
  ['aerial', 'mapshot png', 'gdal png z1', 'ms', 0.6],
  ['map', 'mapshot png', 'gdal png z6', 'bytes', 0.8],
  ['map', 'mapshot png', 'vips png c6', 'bytes', 1.08],
  ['map', 'core png', 'gdal png z6', 'ms', 0.15],
  ['map', 'mapshot png', 'gdal png z6', 'ms', 0.25],
  ...['sat', 'aerial'].flatMap((kind) => [
    [kind, 'mapshot jpeg lossless', 'tiles', 'bytes', 1.01],
    [kind, 'core jpeg lossless', 'gdal jpeg q85', 'ms', 0.15],
    [kind, 'mapshot jpeg lossless', 'gdal jpeg q85', 'ms', 0.4],
    ...['jpeg q85', 'jpeg pixels q85'].flatMap((format) => [
      [kind, `mapshot ${format}`, 'gdal jpeg q85', 'bytes', 1.05],
      [kind, `core ${format}`, 'gdal jpeg q85', 'ms', 0.7],
      [kind, `mapshot ${format}`, 'gdal jpeg q85', 'ms', 0.8],
    ]),
  ]),
];

/** The PSNR of our JPEG of a quality may be this much below GDAL's, dB. */
export const PSNR_BELOW_DB = 0.3;

/** Files that must show the same differ by less than this in the mean, levels: decoders round their IDCT differently. */
export const SAME_MEAN = 0.5;
