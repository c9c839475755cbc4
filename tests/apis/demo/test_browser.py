"""The page in Chromium: photos chosen and dropped, labels pressed, by mouse and by keyboard, wide and narrow."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest
from demo_toys import MAPLESS, drawn_photo, jpeg, megapixels, toy_viewer

pytest.importorskip('flask')
pytest.importorskip('waitress')
webdriver = pytest.importorskip('selenium.webdriver')

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from mlkd.apis.demo.photo_viewer import PhotoViewer
from mlkd.apis.demo.serving import listen
from mlkd.apis.demo.uploads import Limits
from mlkd.apis.demo.web_app import make_app

BROWSERS, DRIVERS = ('chromium', 'chromium-browser', 'google-chrome'), ('chromedriver',)
SECONDS = 120
LIMITS = Limits(20_000_000, 60_000_000)
#: What a phone has, in CSS pixels.
PHONE = {'width': 360, 'height': 740, 'deviceScaleFactor': 1, 'mobile': True}


def found(names: tuple[str, ...]) -> str:
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip(f'there is no {names[0]}')
    return path


@pytest.fixture(scope='module')
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    options.binary_location = found(BROWSERS)
    profile = tmp_path_factory.mktemp('profile')
    for word in ('headless=new', 'no-sandbox', 'disable-dev-shm-usage', 'disable-gpu', f'user-data-dir={profile}'):
        options.add_argument(f'--{word}')
    options.set_capability('goog:loggingPrefs', {'browser': 'ALL'})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(found(DRIVERS)))
    driver.set_window_size(1280, 900)
    yield driver
    driver.quit()


@pytest.fixture(scope='module')
def serve() -> Iterator[Callable[[PhotoViewer], str]]:
    servers = []

    def start(viewer: PhotoViewer, limits: Limits = LIMITS) -> str:
        server, address = listen(make_app(viewer, limits, ('127.0.0.1',)), '127.0.0.1', 0, limits.upload)
        threading.Thread(target=server.run, daemon=True).start()
        servers.append(server)
        return address

    yield start
    for server in servers:
        server.close()


@pytest.fixture(scope='module')
def address(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    return serve(toy_viewer(tmp_path_factory.mktemp('networks')))


class Page:
    """The page as somebody has it before them."""

    def __init__(self, browser: Any, address: str) -> None:
        self.browser = browser
        browser.get_log('browser')
        browser.get(address)

    def part(self, name: str) -> Any:
        return self.browser.find_element(By.ID, name)

    def choose(self, path: Path) -> None:
        self.part('file').send_keys(str(path))
        self.wait()

    def wait(self) -> None:
        """Until the photo is answered."""

        def answered(_: Any) -> bool:
            result = self.part('result')
            return self.failed or (result.is_displayed() and result.get_attribute('aria-busy') is None)

        WebDriverWait(self.browser, SECONDS, 0.05).until(answered)

    @property
    def failed(self) -> bool:
        return 'error' in self.part('message').get_attribute('class').split() and self.part('message').is_displayed()

    @property
    def message(self) -> str:
        return self.part('message').text

    @property
    def labels(self) -> list[Any]:
        return [one for one in self.browser.find_elements(By.CSS_SELECTOR, '#labels button') if one.is_displayed()]

    @property
    def pressed(self) -> list[str]:
        return [one.text.split('\n')[0] for one in self.labels if one.get_attribute('aria-pressed') == 'true']

    def picture(self, name: str) -> dict[str, float]:
        """Where a picture is, and whether its content has been drawn."""
        script = 'const e = arguments[0], r = e.getBoundingClientRect();'
        script += 'return {x: r.x, y: r.y, width: r.width, height: r.height, drawn: e.complete ? e.naturalWidth : 0}'
        return self.browser.execute_script(script, self.part(name))

    def faults(self) -> list[str]:
        """What went wrong in the page's script or was forbidden by its policy; a refused photo is no fault."""
        texts = [entry['message'] for entry in self.browser.get_log('browser')]
        return [
            text for text in texts if 'Failed to load resource: the server responded with a status of 4' not in text
        ]


@pytest.fixture
def page(browser: Any, address: str) -> Page:
    browser.execute_cdp_cmd('Emulation.clearDeviceMetricsOverride', {})
    return Page(browser, address)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / 'photo.jpg'
    path.write_bytes(jpeg(drawn_photo(300, 450)))
    return path


def test_a_photo_that_is_chosen(page: Page, photo: Path) -> None:
    assert not page.part('result').is_displayed()
    page.choose(photo)
    assert not page.failed
    assert len(page.labels) == 3
    assert page.pressed == [page.labels[0].text.split('\n')[0]]
    shown, heat, boxes = (page.picture(name) for name in ('photo', 'heat', 'boxes'))
    assert shown['drawn'] == 450
    assert heat['drawn'] == 160
    assert shown['width'] / shown['height'] == pytest.approx(1.5, rel=0.01)
    for key in ('x', 'y', 'width', 'height'):
        assert heat[key] == pytest.approx(shown[key], abs=1)
        assert boxes[key] == pytest.approx(page.picture('detector-photo')[key], abs=1)
    assert 'teacher' in page.part('detector-caption').text
    assert page.faults() == []


def test_bars_are_as_long_as_scores_with_a_mark_at_the_threshold(page: Page, photo: Path) -> None:
    page.choose(photo)
    for label in page.labels:
        words = label.get_attribute('title').replace(',', '').split()
        bar, fill, mark = (
            label.find_element(By.CSS_SELECTOR, f'.{name}').rect for name in ('bar', 'bar-fill', 'bar-mark')
        )
        assert fill['width'] / bar['width'] == pytest.approx(max(float(words[1]), 2 / bar['width']), abs=0.01)
        assert (mark['x'] + 1 - bar['x']) / bar['width'] == pytest.approx(float(words[3]), abs=0.01)


def test_pressing_a_label_shows_where_it_is(page: Page, photo: Path) -> None:
    page.choose(photo)
    captions, heats = set(), set()
    for label in page.labels[1:]:
        label.click()
        assert page.pressed == [label.text.split('\n')[0]]
        captions.add(page.part('student-caption').text)
        heats.add(page.part('heat').get_attribute('src'))
    assert len(captions) == len(heats) == 2
    label.click()
    assert page.pressed == []
    assert not page.part('heat').is_displayed()
    assert page.faults() == []


def test_by_keyboard_alone(page: Page, photo: Path, browser: Any) -> None:
    webdriver.ActionChains(browser).send_keys(Keys.TAB).perform()
    assert browser.switch_to.active_element.get_attribute('id') == 'file'
    page.choose(photo)
    webdriver.ActionChains(browser).send_keys(Keys.TAB).perform()
    assert browser.switch_to.active_element == page.labels[0]
    webdriver.ActionChains(browser).send_keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.SPACE).perform()
    assert page.pressed == [page.labels[2].text.split('\n')[0]]
    webdriver.ActionChains(browser).send_keys(Keys.ARROW_UP, Keys.ENTER).perform()
    assert page.pressed == [page.labels[1].text.split('\n')[0]]


def test_a_photo_that_is_dropped(page: Page, photo: Path, browser: Any) -> None:
    script = """
        const bytes = Uint8Array.from(atob(arguments[0]), (letter) => letter.charCodeAt(0));
        const data = new DataTransfer();
        data.items.add(new File([bytes], 'holiday.jpg', {type: 'image/jpeg'}));
        const event = (name) => new DragEvent(name, {dataTransfer: data, bubbles: true, cancelable: true});
        const over = event('dragover');
        document.body.dispatchEvent(over);
        document.body.dispatchEvent(event('drop'));
        return over.defaultPrevented;
    """
    from base64 import b64encode

    assert browser.execute_script(script, b64encode(photo.read_bytes()).decode())
    page.wait()
    assert len(page.labels) == 3
    assert page.faults() == []


def test_files_that_are_no_photo_are_told_and_the_next_photo_works(page: Page, photo: Path, tmp_path: Path) -> None:
    broken = {
        'letter.jpg': (b'Dear Sir or Madam, ' * 50, 'no photo that can be read'),
        'empty.jpg': (b'', 'empty'),
        'half.jpg': (photo.read_bytes()[: photo.stat().st_size // 2], 'end of this file is missing'),
        'large.jpg': (b'\xff' * 20_000_001, 'at most 20.0 MB'),
    }
    for name, (content, said) in broken.items():
        (tmp_path / name).write_bytes(content)
        page.choose(tmp_path / name)
        assert page.failed
        assert said in page.message
        assert not page.part('result').is_displayed()
    page.choose(photo)
    assert not page.failed
    assert len(page.labels) == 3
    assert page.faults() == []


def test_a_photo_of_fifty_megapixels(page: Page, tmp_path: Path) -> None:
    path = tmp_path / 'large.jpg'
    path.write_bytes(megapixels(50))
    page.choose(path)
    assert not page.failed
    assert page.picture('photo')['drawn'] == 1200
    assert page.faults() == []


def test_it_fits_a_phone(page: Page, photo: Path, browser: Any) -> None:
    browser.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', PHONE)
    page.choose(photo)
    wide = browser.execute_script('return document.documentElement.scrollWidth')
    assert wide <= PHONE['width']
    for name in ('photo', 'detector-photo'):
        picture = page.picture(name)
        assert picture['x'] >= 0
        assert picture['x'] + picture['width'] <= PHONE['width']
        assert picture['width'] >= 120
    # A thumb is 24 CSS pixels wide at least, says WCAG 2.2.
    assert all(label.rect['height'] >= 24 for label in page.labels)
    size = browser.execute_script('return parseFloat(getComputedStyle(document.querySelector(".label-name")).fontSize)')
    assert size >= 16


def test_a_network_without_class_maps(browser: Any, serve: Callable[..., str], photo: Path, tmp_path: Path) -> None:
    page = Page(browser, serve(toy_viewer(tmp_path / 'networks', teacher=False, model=MAPLESS)))
    page.choose(photo)
    assert 'No heat map.' in page.part('student-caption').text
    assert not page.part('heat').is_displayed()
    assert not page.part('detector').is_displayed()
    assert page.faults() == []


@pytest.mark.parametrize('data', ['coco_mini', 'voc07'])
def test_real_photos(page: Page, real_data: Callable[[str], Path], data: str) -> None:
    for path in sorted(real_data(data).rglob('*.jpg'))[:3]:
        page.choose(path)
        assert not page.failed
        height, width = cv2.imread(str(path)).shape[:2]
        assert page.picture('photo')['drawn'] == width
        assert page.picture('heat')['width'] / page.picture('heat')['height'] == pytest.approx(width / height, rel=0.02)
    assert page.faults() == []


def test_names_of_labels_are_text(browser: Any, serve: Callable[..., str], photo: Path, tmp_path: Path) -> None:
    from demo_toys import load_toy

    names = ('<img src=x onerror=document.title=1>', '</script>', '"&')
    page = Page(browser, serve(PhotoViewer(load_toy(tmp_path / 'networks', classes=names))))
    page.choose(photo)
    assert {label.text.split('\n')[0] for label in page.labels} == set(names)
    assert browser.title != '1'
    assert page.faults() == []
