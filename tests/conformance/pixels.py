"""The smallest image and the shortest sound that are still valid files."""

import base64
import struct
import zlib


def png() -> bytes:
    """One red pixel. Format: https://www.w3.org/TR/png-3/"""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    row = bytes([0, 255, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(row)) + chunk(b"IEND", b"")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def wav() -> bytes:
    """One silent sample at 8 kHz. Format: RIFF/WAVE, PCM, mono, 16 bits"""
    layout = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
    body = b"WAVE" + layout + struct.pack("<4sIh", b"data", 2, 0)
    return b"RIFF" + struct.pack("<I", len(body)) + body


PNG = png()
PNG_BASE64 = base64.b64encode(PNG).decode()
WAV_BASE64 = base64.b64encode(wav()).decode()
