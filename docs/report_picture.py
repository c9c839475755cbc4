"""Makes docs/images/report.jpg: the first photos of a report, as Chromium shows them. See docs/pictures.md."""

from __future__ import annotations

import argparse
import io
import shutil
from pathlib import Path

from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By

_EDGES = 'return arguments[0].getBoundingClientRect().top + window.scrollY'


def main() -> None:
    """Open the page, and cut out the photos from one place to another."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('page', help='report.html')
    parser.add_argument('--first', type=int, default=0, help='first photo (default 0)')
    parser.add_argument('--photos', type=int, default=3, help='how many (default 3)')
    parser.add_argument('--out', required=True)
    args = parser.parse_args()
    options = webdriver.ChromeOptions()
    for word in ('--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars'):
        options.add_argument(word)
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which('chromedriver')))
    try:
        screen = {'width': 1040, 'height': 6000, 'deviceScaleFactor': 1, 'mobile': False}
        browser.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', screen)
        browser.get(Path(args.page).resolve().as_uri())
        articles = browser.find_elements(By.TAG_NAME, 'article')
        ends = (articles[args.first], articles[args.first + args.photos])
        top, bottom = (int(browser.execute_script(_EDGES, one)) for one in ends)
        shown = Image.open(io.BytesIO(browser.get_screenshot_as_png())).convert('RGB')
        shown.crop((0, top, shown.width, bottom - 8)).save(args.out, quality=82, optimize=True)
    finally:
        browser.quit()


if __name__ == '__main__':
    main()
