"""Units of measure, by the ways they are typed."""

# What is typed -> how it is written.
UNITS = {
    "w": "W", "watt": "W", "watts": "W", "kw": "kW", "kilowatt": "kW", "kilowatts": "kW",
    "v": "V", "volt": "V", "volts": "V", "a": "A", "amp": "A", "amps": "A", "mah": "mAh", "ma": "mA",
    "hz": "Hz", "hertz": "Hz", "khz": "kHz", "kilohertz": "kHz", "mhz": "MHz", "megahertz": "MHz",
    "ghz": "GHz", "gigahertz": "GHz",
    "mm": "mm", "millimetre": "mm", "millimetres": "mm", "millimeter": "mm", "millimeters": "mm", "milimetre": "mm",
    "cm": "cm", "centimetre": "cm", "centimetres": "cm", "centimeter": "cm", "centimeters": "cm", "santim": "cm",
    "km": "km", "kilometre": "km", "kilometres": "km", "kilometers": "km",
    "kg": "kg", "kilogram": "kg", "kilograms": "kg", "kilo": "kg", "kilos": "kg", "gr": "g", "gram": "g", "grams": "g",
    "ml": "ml", "millilitres": "ml", "db": "dB", "decibel": "dB", "decibels": "dB", "desibel": "dB",
    "kb": "KB", "mb": "MB", "megabyte": "MB", "megabytes": "MB", "gb": "GB", "gigabyte": "GB", "gigabytes": "GB",
    "tb": "TB", "terabyte": "TB", "terabytes": "TB", "mbps": "Mbps", "gbps": "Gbps",
    "ohm": "ohm", "ohms": "ohm", "px": "px", "dpi": "dpi",
    "瓦": "W", "瓦特": "W",
    "公釐": "mm", "毫米": "mm", "公分": "cm", "厘米": "cm", "公斤": "kg", "分貝": "dB", "分贝": "dB",
}  # fmt: skip
