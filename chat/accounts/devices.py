"""What a browser is, in words, so that people tell their sessions apart."""

# The first that is in the `User-Agent` counts: Edge says that it is Chrome and Safari, too.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "Chrome/": "Chrome",
    "CriOS/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {
    "iPhone": "an iPhone",
    "iPad": "an iPad",
    "Android": "Android",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Macintosh": "a Mac",
    "Linux": "Linux",
}


def device(user_agent: str) -> str:
    """Such as "Firefox on Linux", from the header `User-Agent`."""
    browser = _first(BROWSERS, user_agent) or "A browser"
    system = _first(SYSTEMS, user_agent)
    return f"{browser} on {system}" if system else browser


def _first(words: dict[str, str], user_agent: str) -> str:
    return next((word for mark, word in words.items() if mark in user_agent), "")
