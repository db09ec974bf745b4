"""One map with the library staticmap: address template, zoom, side in pixels, output file."""

import sys

from staticmap import StaticMap

template, zoom, side_px, path = sys.argv[1:]
image = StaticMap(int(side_px), int(side_px), url_template=template).render(zoom=int(zoom), center=[0, 0])
image.save(path)
