"""Makes docs/images/demo.png: a photo on the demo page, as Chromium shows it. See docs/pictures.md."""

from __future__ import annotations

import argparse
import shutil
import threading
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from mlkd.apis.demo.photo_viewer import PhotoViewer
from mlkd.apis.demo.serving import listen
from mlkd.apis.demo.uploads import Limits
from mlkd.apis.demo.web_app import make_app
from mlkd.published import load_student


def main() -> None:
    """Serve the page, give it the photo, and take the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--model', required=True)
    parser.add_argument('--teacher')
    parser.add_argument('--photo', required=True)
    parser.add_argument('--out', required=True)
    parser.add_argument('--size', type=int, nargs=2, default=(1100, 640), help='width and height (default 1100 640)')
    args = parser.parse_args()
    limits = Limits(20_000_000, 120_000_000)
    viewer = PhotoViewer(load_student(args.model), load_student(args.teacher) if args.teacher else None)
    server, address = listen(make_app(viewer, limits), '127.0.0.1', 0, limits.upload)
    threading.Thread(target=server.run, daemon=True).start()
    options = webdriver.ChromeOptions()
    for word in ('--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars'):
        options.add_argument(word)
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which('chromedriver')))
    try:
        width, height = args.size
        screen = {'width': width, 'height': height, 'deviceScaleFactor': 1, 'mobile': width < 600}
        browser.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', screen)
        browser.get(address)
        browser.find_element(By.ID, 'file').send_keys(str(Path(args.photo).resolve()))
        done = 'return !document.getElementById("result").hidden && document.getElementById("heat").complete'
        WebDriverWait(browser, 120).until(lambda page: page.execute_script(done))
        browser.save_screenshot(args.out)
    finally:
        browser.quit()
        server.close()


if __name__ == '__main__':
    main()
