'use strict';

const SHOWN = 6;
const part = (id) => document.getElementById(id);
const percent = (share) => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;
let answer = null;
let selected = null;
let pending = null;

function say(text, isError = false) {
  const message = part('message');
  message.textContent = text;
  message.hidden = !text;
  message.classList.toggle('error', isError);
}

function megabytes(bytes) {
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1e3))} kB`;
}

async function look(file) {
  if (pending) pending.abort();
  const most = Number(document.body.dataset.maxBytes);
  if (file.size > most) {
    fail(`The file has ${megabytes(file.size)}; at most ${megabytes(most)} are taken. Save the photo smaller.`);
    return;
  }
  if (!file.size) {
    fail('The file is empty.');
    return;
  }
  const mine = new AbortController();
  pending = mine;
  say('Looking at the photo …');
  part('result').classList.add('stale');
  part('result').setAttribute('aria-busy', 'true');
  try {
    const response = await fetch('look', { method: 'POST', body: file, signal: mine.signal,
      headers: { 'Content-Type': 'application/octet-stream' } });
    const content = await response.json();
    if (pending !== mine) return;
    if (response.ok) show(content);
    else fail(content.error);
  } catch (error) {
    if (pending === mine) fail('No answer came: the program that serves this page may have ended. Start it again.');
  } finally {
    if (pending === mine) {
      pending = null;
      part('result').classList.remove('stale');
      part('result').removeAttribute('aria-busy');
    }
  }
}

function fail(text) {
  answer = null;
  part('result').hidden = true;
  say(text, true);
}

function show(content) {
  answer = content;
  say('');
  part('result').hidden = false;
  for (const id of ['photo', 'detector-photo']) {
    part(id).src = content.photo.url;
    part(id).alt = 'The photo';
  }
  const passed = content.labels.filter((label) => label.passed);
  part('labels-note').textContent = passed.length
    ? 'Choose a label to see where it is.'
    : 'No label scores above its threshold. The best ones:';
  part('labels').replaceChildren(...content.labels.map(row));
  const first = Math.min(content.labels.length, Math.max(SHOWN, passed.length));
  unfold(first >= content.labels.length, first);
  part('more').onclick = () => unfold(part('more').getAttribute('aria-expanded') !== 'true', first);
  select(0);
}

function row(label, index) {
  const item = document.createElement('li');
  const button = document.createElement('button');
  button.type = 'button';
  button.className = label.passed ? 'label passed' : 'label';
  button.setAttribute('aria-pressed', 'false');
  const place = (share) => `${100 * Math.min(1, Math.max(0, share))}%`;
  const bar = span('bar', '');
  const fill = span('bar-fill', '');
  fill.style.width = place(label.score);
  const mark = span('bar-mark', '');
  mark.style.left = place(label.threshold);
  bar.append(fill, mark);
  bar.setAttribute('aria-hidden', 'true');
  button.append(span('label-name', label.name), span('label-score', percent(label.score)), bar);
  button.title = `score ${label.score.toFixed(3)}, threshold ${label.threshold.toFixed(3)}`;
  button.onclick = () => select(selected === index ? null : index);
  item.append(button);
  return item;
}

function span(name, text) {
  const element = document.createElement('span');
  element.className = name;
  element.textContent = text;
  return element;
}

function unfold(all, first) {
  const items = [...part('labels').children];
  items.forEach((item, index) => { item.hidden = !all && index >= first; });
  part('more').hidden = items.length <= first;
  part('more').setAttribute('aria-expanded', String(all));
  part('more').textContent = all ? 'Show the best labels only' : `Show all ${items.length} labels`;
}

function select(index) {
  selected = index;
  const label = index === null ? null : answer.labels[index];
  [...part('labels').children].forEach((item, place) => {
    item.firstChild.setAttribute('aria-pressed', String(place === index));
  });
  part('heat').hidden = !(label && label.heat);
  if (label && label.heat) part('heat').src = label.heat;
  part('student-caption').textContent = heatText(label);
  showBoxes(label);
}

function heatText(label) {
  if (answer.no_heat) return `No heat map. ${answer.no_heat}`;
  if (!label) return 'The photo. Choose a label to see where the network sees it.';
  if (!label.heat) return `The network sees nothing that speaks for ${label.name}.`;
  return `Where the network sees ${label.name}: red is its strongest place.`;
}

function showBoxes(label) {
  const detector = answer.detector;
  part('detector').hidden = !detector;
  if (!detector) return;
  const who = detector.who === 'teacher' ? 'teacher' : 'network';
  const names = label ? [label.name] : answer.labels.filter((one) => one.passed).map((one) => one.name);
  const boxes = names.flatMap((name) => (detector.boxes[name] || []).slice(0, label ? undefined : 1));
  const { width, height } = answer.photo;
  part('boxes').setAttribute('viewBox', `0 0 ${width} ${height}`);
  part('boxes').setAttribute('preserveAspectRatio', 'none');
  const doubtful = label && !detector.passed.includes(label.name) ? ' doubtful' : '';
  const drawn = boxes.map((one, place) => [one, doubtful + (label && place ? ' further' : '')]).reverse();
  part('boxes').replaceChildren(...drawn.flatMap(([one, further]) =>
    ['box box-edge', 'box box-line'].map((name) => rectangle(one.box, width, height, name + further))));
  part('detector-caption').textContent = boxText(detector, label, who, boxes);
}

function boxText(detector, label, who, boxes) {
  if (!label) return boxes.length ? `The best box of the ${who} for each label that is there.` : 'No boxes.';
  if (!(label.name in detector.scores)) return `The ${who} does not know ${label.name}.`;
  const score = `${label.name} ${percent(detector.scores[label.name])}`;
  if (!boxes.length) return `The ${who} has no box of this label: ${score}.`;
  if (!detector.passed.includes(label.name)) return `The ${who} does not see it: ${score}. Dashed: what comes nearest.`;
  const also = boxes.length > 1 ? `, thin: ${boxes.length - 1} that ${boxes.length > 2 ? 'come' : 'comes'} near it` : '';
  return `The ${who}'s best box: ${score}${also}.`;
}

function rectangle([x1, y1, x2, y2], width, height, name) {
  const shape = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  const sides = { x: x1 * width, y: y1 * height, width: (x2 - x1) * width, height: (y2 - y1) * height };
  Object.entries(sides).forEach(([key, value]) => shape.setAttribute(key, value));
  shape.setAttribute('class', name);
  return shape;
}

function firstFile(data) {
  return data && [...data.files].find((file) => file);
}

part('file').onchange = (event) => {
  const file = firstFile(event.target);
  if (file) look(file);
  // The same file may be chosen again.
  event.target.value = '';
};
document.ondragover = (event) => {
  event.preventDefault();
  part('drop').classList.add('over');
};
document.ondragleave = (event) => {
  if (!event.relatedTarget) part('drop').classList.remove('over');
};
document.ondrop = (event) => {
  event.preventDefault();
  part('drop').classList.remove('over');
  const file = firstFile(event.dataTransfer);
  if (file) look(file);
  else fail('This is no file. Save the photo and drop the file.');
};
document.onpaste = (event) => {
  const file = firstFile(event.clipboardData);
  if (file) look(file);
};
part('labels').onkeydown = (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const buttons = [...part('labels').querySelectorAll('li:not([hidden]) > button')];
  const place = buttons.indexOf(document.activeElement);
  if (!step || place < 0 || !buttons[place + step]) return;
  event.preventDefault();
  buttons[place + step].focus();
};
