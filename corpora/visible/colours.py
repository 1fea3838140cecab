"""Colours as style sheets write them, and how well one is told from another. Pure."""

from __future__ import annotations

import colorsys
import math
import re
from typing import NamedTuple

_NAMED = {
    name: (int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16))
    for name, _, digits in (
        pair.partition(":")
        for pair in (
            "aliceblue:f0f8ff antiquewhite:faebd7 aqua:00ffff aquamarine:7fffd4 azure:f0ffff beige:f5f5dc bisque:ffe4c4 black:000000"
            " blanchedalmond:ffebcd blue:0000ff blueviolet:8a2be2 brown:a52a2a burlywood:deb887 cadetblue:5f9ea0 chartreuse:7fff00"
            " chocolate:d2691e coral:ff7f50 cornflowerblue:6495ed cornsilk:fff8dc crimson:dc143c cyan:00ffff darkblue:00008b"
            " darkcyan:008b8b darkgoldenrod:b8860b darkgray:a9a9a9 darkgreen:006400 darkgrey:a9a9a9 darkkhaki:bdb76b"
            " darkmagenta:8b008b darkolivegreen:556b2f darkorange:ff8c00 darkorchid:9932cc darkred:8b0000 darksalmon:e9967a"
            " darkseagreen:8fbc8f darkslateblue:483d8b darkslategray:2f4f4f darkslategrey:2f4f4f darkturquoise:00ced1"
            " darkviolet:9400d3 deeppink:ff1493 deepskyblue:00bfff dimgray:696969 dimgrey:696969 dodgerblue:1e90ff"
            " firebrick:b22222 floralwhite:fffaf0 forestgreen:228b22 fuchsia:ff00ff gainsboro:dcdcdc ghostwhite:f8f8ff gold:ffd700"
            " goldenrod:daa520 gray:808080 green:008000 greenyellow:adff2f grey:808080 honeydew:f0fff0 hotpink:ff69b4"
            " indianred:cd5c5c indigo:4b0082 ivory:fffff0 khaki:f0e68c lavender:e6e6fa lavenderblush:fff0f5 lawngreen:7cfc00"
            " lemonchiffon:fffacd lightblue:add8e6 lightcoral:f08080 lightcyan:e0ffff lightgoldenrodyellow:fafad2"
            " lightgray:d3d3d3 lightgreen:90ee90 lightgrey:d3d3d3 lightpink:ffb6c1 lightsalmon:ffa07a lightseagreen:20b2aa"
            " lightskyblue:87cefa lightslategray:778899 lightslategrey:778899 lightsteelblue:b0c4de lightyellow:ffffe0 lime:00ff00"
            " limegreen:32cd32 linen:faf0e6 magenta:ff00ff maroon:800000 mediumaquamarine:66cdaa mediumblue:0000cd"
            " mediumorchid:ba55d3 mediumpurple:9370db mediumseagreen:3cb371 mediumslateblue:7b68ee mediumspringgreen:00fa9a"
            " mediumturquoise:48d1cc mediumvioletred:c71585 midnightblue:191970 mintcream:f5fffa mistyrose:ffe4e1 moccasin:ffe4b5"
            " navajowhite:ffdead navy:000080 oldlace:fdf5e6 olive:808000 olivedrab:6b8e23 orange:ffa500 orangered:ff4500"
            " orchid:da70d6 palegoldenrod:eee8aa palegreen:98fb98 paleturquoise:afeeee palevioletred:db7093 papayawhip:ffefd5"
            " peachpuff:ffdab9 peru:cd853f pink:ffc0cb plum:dda0dd powderblue:b0e0e6 purple:800080 rebeccapurple:663399 red:ff0000"
            " rosybrown:bc8f8f royalblue:4169e1 saddlebrown:8b4513 salmon:fa8072 sandybrown:f4a460 seagreen:2e8b57 seashell:fff5ee"
            " sienna:a0522d silver:c0c0c0 skyblue:87ceeb slateblue:6a5acd slategray:708090 slategrey:708090 snow:fffafa"
            " springgreen:00ff7f steelblue:4682b4 tan:d2b48c teal:008080 thistle:d8bfd8 tomato:ff6347 turquoise:40e0d0"
            " violet:ee82ee wheat:f5deb3 white:ffffff whitesmoke:f5f5f5 yellow:ffff00 yellowgreen:9acd32"
            " canvas:ffffff canvastext:000000"
        ).split()
    )
}
"""The named colours of CSS Color 4 (https://www.w3.org/TR/css-color-4/#named-colors) and a page's own two."""

_ANGLE = {"deg": 1.0, "": 1.0, "grad": 0.9, "rad": 180 / math.pi, "turn": 360.0}
_FUNCTION = re.compile(r"(rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\(([^()]*)\)")
_PART = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(%|deg|grad|rad|turn|)|none")


class Colour(NamedTuple):
    """Red, green and blue, 0 to 255, and how opaque it is, 0 to 1."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0

    def over(self, ground: Colour, opacity: float = 1.0) -> Colour:
        """The colour as it is seen on a ground, itself opaque."""
        share = max(0.0, min(1.0, self.alpha * opacity))
        red, green, blue = (own * share + other * (1 - share) for own, other in zip(self[:3], ground[:3], strict=True))
        return Colour(red, green, blue)


WHITE, BLACK = Colour(255, 255, 255), Colour(0, 0, 0)


def colour(value: str) -> Colour | None:
    """A colour by name, hexadecimal digits or function; None for what is no colour or written otherwise."""
    value = value.strip().lower()
    if value == "transparent":
        return Colour(0, 0, 0, 0.0)
    if value in _NAMED:
        return Colour(*_NAMED[value])
    if digits := re.fullmatch(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})", value):
        long = digits[1] if len(digits[1]) >= 6 else "".join(digit * 2 for digit in digits[1])
        red, green, blue, alpha = (int(long[place : place + 2] or "ff", 16) for place in (0, 2, 4, 6))
        return Colour(red, green, blue, alpha / 255)
    function = _FUNCTION.fullmatch(value)
    return _of_function(function[1], function[2]) if function else None


def _of_function(name: str, inside: str) -> Colour | None:
    if name == "color":
        space, _, inside = inside.strip().partition(" ")
        if space not in ("srgb", "srgb-linear", "display-p3"):
            return None
    found = [(float(match[1] or 0), match[2] or "") for match in _PART.finditer(inside.replace(",", " ").replace("/", " "))]
    if len(found) < 3:
        return None
    alpha = _share(*found[3]) if len(found) > 3 else 1.0
    one, two, three = found[:3]
    match name:
        case "rgb" | "rgba":
            red, green, blue = (number * 2.55 if unit == "%" else number for number, unit in (one, two, three))
        case "color":
            red, green, blue = (_share(*part) * 255 for part in (one, two, three))
        case "hsl" | "hsla":
            hue, saturation, light = one[0] * _ANGLE.get(one[1], 1.0) % 360, two[0] / 100, three[0] / 100
            red, green, blue = (part * 255 for part in colorsys.hls_to_rgb(hue / 360, _unit(light), _unit(saturation)))
        case "hwb":
            pure = colorsys.hls_to_rgb(one[0] * _ANGLE.get(one[1], 1.0) % 360 / 360, 0.5, 1.0)
            white, black = _unit(two[0] / 100), _unit(three[0] / 100)
            scale = max(1.0, white + black)
            red, green, blue = ((part * (1 - (white + black) / scale) + white / scale) * 255 for part in pure)
        case _:
            red = green = blue = 255 * _grey(name, *one)
    red, green, blue = (max(0.0, min(255.0, part)) for part in (red, green, blue))
    return Colour(red, green, blue, _unit(alpha))


def _grey(name: str, number: float, unit: str) -> float:
    """The grey that is as light as a colour of CIE Lab or Oklab: only lightness counts for contrast."""
    if name in ("lab", "lch"):
        light = number / 100
        luminance = ((light * 100 + 16) / 116) ** 3 if light > 0.08 else light * 100 / 903.3
    else:
        luminance = max(0.0, number / 100 if unit == "%" else number) ** 3
    luminance = _unit(luminance)
    return 12.92 * luminance if luminance <= 0.0031308 else 1.055 * luminance ** (1 / 2.4) - 0.055


def _share(number: float, unit: str) -> float:
    return number / 100 if unit == "%" else number


def _unit(number: float) -> float:
    return max(0.0, min(1.0, number))


def contrast(one: Colour, other: Colour) -> float:
    """Contrast ratio of two opaque colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(of: Colour) -> float:
    parts = [part / 255 for part in of[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
