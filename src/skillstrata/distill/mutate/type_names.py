"""Media types that can be made and changed here and that no reader of documents or tables needs by name."""

from skillstrata.distill.views import media_types

YAML = media_types.YAML
TOML = media_types.TOML
INI = media_types.INI
SVG = "image/svg+xml"
PNG = "image/png"
JPEG = "image/jpeg"
GIF = "image/gif"
WEBP = "image/webp"
BMP = "image/bmp"
TIFF = "image/tiff"
WAV = "audio/wav"
TAR = "application/x-tar"
GZIP = "application/gzip"
IMAGES = (PNG, JPEG, GIF, WEBP, BMP, TIFF)
