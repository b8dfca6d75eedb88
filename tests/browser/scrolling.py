"""The scroll position in a timeline."""


def scroll_to(visitor, pixels):
    """Scroll to `pixels` from the bottom, and wait until the page has handled it."""
    visitor.log.evaluate(
        """(log, pixels) => new Promise((done) => {
            log.scrollTop = log.scrollHeight - log.clientHeight - pixels;
            requestAnimationFrame(() => requestAnimationFrame(done));
        })""",
        pixels,
    )


def to_top(visitor):
    visitor.log.evaluate("log => { log.scrollTop = 0; }")


def from_bottom(visitor):
    """Pixels between what is in view and the end of the timeline."""
    return visitor.log.evaluate("log => log.scrollHeight - log.clientHeight - log.scrollTop")


def place_of(visitor, text):
    """Pixels from the upper edge of the timeline to the text of that message."""
    row = visitor.row(text).locator("[data-text]")
    edge = visitor.log.evaluate("log => log.getBoundingClientRect().top")
    return row.evaluate("text => text.getBoundingClientRect().top") - edge


def until(visitor, condition, argument=None):
    """Wait for a condition of the page that no locator can express."""
    visitor.page.wait_for_function(condition, arg=argument)


def until_at_bottom(visitor):
    until(
        visitor,
        """() => {
            const log = document.querySelector("[data-timeline]");
            return log.scrollHeight - log.clientHeight - log.scrollTop <= 1;
        }""",
    )
