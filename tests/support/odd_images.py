"""Image files as people have them, with the pixels that they hold, and files that are broken in every way."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

#: A smooth picture, so that lossy kinds stay near it.
RGB = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8), (9, 9), 3)
#: Greatest difference that two decoders of a lossy kind may have.
LOSSY = 3


def write_good(folder: Path) -> dict[Path, np.ndarray]:
    """Write files that can be read; gives their stored pixels, RGB, as Pillow or the picture itself has them."""
    image, files = Image.fromarray(RGB), {}

    def save(name: str, what: Image.Image = image, pixels: np.ndarray | None = None, **options: object) -> None:
        what.save(folder / name, **options)
        files[folder / name] = np.asarray(Image.open(folder / name).convert('RGB')) if pixels is None else pixels

    for name, level in (('half transparent.png', 128), ('transparent.png', 0)):
        faint = image.convert('RGBA')
        faint.putalpha(level)
        save(name, faint, RGB)
    palette = image.quantize(64)
    save('palette.png', palette)
    save('palette with transparency.png', palette, transparency=3, pixels=np.asarray(palette.convert('RGB')))
    save('one.gif', palette)
    moving = [palette, Image.fromarray(255 - RGB).quantize(64)]
    save('moving.gif', palette, np.asarray(palette.convert('RGB')), save_all=True, append_images=moving[1:])
    save('lossless.webp', pixels=RGB, lossless=True)
    save('lossy.webp')
    save('plain.bmp', pixels=RGB)
    save('packed.tif', pixels=RGB, compression='tiff_lzw')
    save('grey.tiff', image.convert('L'))
    save('16 bit.png', Image.fromarray(RGB[..., 0].astype(np.uint16) * 257), np.repeat(RGB[..., :1], 3, axis=2))
    save('1 bit.png', image.convert('1'))
    save('grey.jpg', image.convert('L'))
    save('cmyk.jpg', image.convert('CMYK'))
    save('progressive.jpg', progressive=True)
    save('one pixel.png', image.resize((1, 1)))
    save('ünï [b] 写真 $x_.JPG')
    exif = Image.Exif()
    exif[274] = 6  # To be turned by a quarter.
    save('turned.jpeg', exif=exif)
    (folder / 'link.png').symlink_to('transparent.png')
    files[folder / 'link.png'] = RGB
    cv2.imwrite(str(folder / '16 bit colour.png'), RGB[..., ::-1].astype(np.uint16) * 257)
    files[folder / '16 bit colour.png'] = RGB
    return files


def tolerance(path: Path) -> int:
    """By how much pixels may differ."""
    return LOSSY if path.suffix.lower() in ('.jpg', '.jpeg') or path.name == 'lossy.webp' else 0


def write_broken(folder: Path) -> dict[Path, str]:
    """Write files that cannot be read; gives what the error is to say."""
    whole = {suffix: _encoded(suffix) for suffix in ('.jpg', '.png', '.webp', '.bmp', '.gif', '.tif')}
    half = len(whole['.jpg']) // 2
    contents = {
        'empty.jpg': (b'', 'cut short'),
        'cut.jpg': (whole['.jpg'][:half], 'cut short'),
        'damaged.jpg': (whole['.jpg'][:half] + b'\xff' * 100 + whole['.jpg'][half + 100 :], 'damaged'),
        'headless.jpg': (b'\xff\xd8' + bytes(200) + whole['.jpg'][202:], 'cannot be decoded'),
        'page.jpg': (b'<html>404 not found</html>', 'cannot be decoded'),
        'damaged.png': (_flipped(whole['.png']), 'cannot be decoded'),
        'huge.png': (_png_header(100_000, 100_000), 'more pixels'),
        'large.png': (_png_header(30_000, 30_000), 'more pixels'),
        'huge.jpg': (_declared(whole['.jpg'], 65_000, 65_000), 'more pixels'),
        **{f'cut{kind}': (whole[kind][: len(whole[kind]) // 2], 'cannot be decoded') for kind in list(whole)[1:]},
    }
    for name, (content, _) in contents.items():
        (folder / name).write_bytes(content)
    (folder / 'folder.jpg').mkdir()
    (folder / 'loop.jpg').symlink_to('loop.jpg')
    (folder / 'dangling.jpg').symlink_to('nowhere.jpg')
    others = {'folder.jpg': 'cannot be read', 'loop.jpg': 'cannot be read', 'dangling.jpg': 'no such image'}
    return {folder / name: said for name, said in [*others.items(), *((n, s) for n, (_, s) in contents.items())]}


def _encoded(suffix: str) -> bytes:
    noise = np.random.default_rng(1).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    return cv2.imencode(suffix, noise)[1].tobytes()


def _flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes(255 - value for value in content[middle : middle + 50]) + content[middle + 50 :]


def _png_header(width: int, height: int) -> bytes:
    """A valid PNG that declares so many pixels, as its first rows alone."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))

    header = struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(8 * (3 * width + 1)))
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + chunk(b'IDAT', rows) + chunk(b'IEND', b'')


def _declared(jpeg: bytes, width: int, height: int) -> bytes:
    start = jpeg.index(b'\xff\xc0') + 5
    return jpeg[:start] + struct.pack('>HH', height, width) + jpeg[start + 4 :]
