// Pictures side by side, or one over the other with a line to slide, all under one zoom.
//
// The zoom is `z` (1: the whole picture fits) around the point (cx, cy), in shares of a picture's sides. It
// is the same for every pane, so panes of other shapes still look at the same spot. It lives on the root
// element: a rerun of the page that shows the same pictures leaves it alone.

const MAX = 8;
const STEP = 1.3;
const GAP = 8;

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector('.stage');
  root.stage ??= new Stage(root);
  root.stage.show(data);
}

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

class Stage {
  constructor(root) {
    this.root = root;
    this.signature = '';
    this.fingers = new Map();
    this.at = 0.5; // where the line stands, in shares of the visible picture
    new ResizeObserver(() => this.layout()).observe(root);
  }

  show(data) {
    this.words = data.words;
    this.voting = data.voting;
    this.root.style.setProperty('--room', data.room);
    const pictures = JSON.stringify(data.pictures);
    if (this.signature !== pictures + data.wipe + data.words.keys) {
      if (this.pictures !== pictures) this.z = 1, this.cx = 0.5, this.cy = 0.5;
      this.pictures = pictures;
      this.signature = pictures + data.wipe + data.words.keys;
      this.build(data.pictures, data.wipe && data.pictures.length === 2);
    }
    this.layout();
  }

  build(pictures, wipe) {
    this.views = make('div', { class: 'panes', tabindex: 0, role: 'group', 'aria-label': this.words.keys });
    this.panes = wipe ? [this.over(pictures)] : pictures.map((each) => this.beside(each));
    this.views.append(...this.panes.map((pane) => pane.element));
    this.root.replaceChildren(this.views, this.tools());
    this.views.onkeydown = (event) => this.key(event);
    for (const pane of this.panes) this.listen(pane.frame);
  }

  beside(picture) {
    const layer = this.picture(picture);
    const frame = make('div', { class: 'frame' }, layer.element);
    const head = make('figcaption', {}, this.name(picture));
    return { element: make('figure', {}, head, frame), frame, layers: [layer] };
  }

  over(pictures) {
    const layers = pictures.map((each) => this.picture(each));
    layers[1].element.classList.add('upper');
    this.line = make('div', {
      class: 'line', role: 'slider', tabindex: 0, 'aria-label': this.words.line,
      'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-orientation': 'horizontal',
    }, make('span', { 'aria-hidden': 'true' }));
    this.line.onkeydown = (event) => this.slide(event);
    this.line.onpointerdown = (event) => {
      event.preventDefault();
      event.stopPropagation();
      this.line.focus();
      this.line.setPointerCapture(event.pointerId);
    };
    this.line.onpointermove = (event) => {
      if (!this.line.hasPointerCapture(event.pointerId)) return;
      const box = frame.getBoundingClientRect();
      const [left, right] = this.extent;
      this.wipeTo((event.clientX - box.left - left) / (right - left));
    };
    const frame = make('div', { class: 'frame' }, ...layers.map((l) => l.element), this.line);
    const head = make('figcaption', {}, ...pictures.map((each) => this.name(each)));
    return { element: make('figure', {}, head, frame), frame, layers };
  }

  picture({ src, alt, width, height }) {
    const element = make('div', { class: 'layer' });
    if (!src) {
      element.append(make('p', {}, this.words.missing));
      return { element, width, height };
    }
    const image = make('img', { src, alt, draggable: 'false', width, height });
    element.append(image);
    return { element, image, width, height };
  }

  name({ name, note }) {
    const text = make('span', {}, name);
    if (note) text.append(make('b', {}, note));
    return text;
  }

  tools() {
    const button = (sign, label, act) => {
      const made = make('button', { type: 'button', 'aria-label': label, title: label }, sign);
      made.onclick = act;
      return made;
    };
    this.share = make('output', { 'aria-label': this.words.zoom });
    this.less = button('−', this.words.out, () => this.zoom(1 / STEP));
    this.more = button('+', this.words.in, () => this.zoom(STEP));
    this.fit = button(this.words.fit, this.words.fit, () => this.reset());
    this.fit.className = 'wide';
    const row = [this.less, this.share, this.more, this.fit];
    if (document.fullscreenEnabled) {
      const full = button(this.words.full, this.words.full, () =>
        document.fullscreenElement ? document.exitFullscreen() : this.root.requestFullscreen());
      full.className = 'wide';
      row.push(full);
    }
    return make('div', { class: 'tools' }, ...row, make('small', {}, this.words.hint));
  }

  // --- where things stand -----------------------------------------------------------------------

  layout() {
    if (!this.panes || !this.views.clientWidth) return;
    this.views.style.gridTemplateColumns = `repeat(${this.columns()}, minmax(0, 1fr))`;
    for (const pane of this.panes) {
      const { clientWidth: w, clientHeight: h } = pane.frame;
      for (const layer of pane.layers) {
        layer.scale = Math.min(w / layer.width, h / layer.height);
        if (layer.image) {
          layer.image.style.width = `${layer.width * layer.scale}px`;
          layer.image.style.height = `${layer.height * layer.scale}px`;
        }
      }
    }
    this.draw();
  }

  /** As many columns as show the pictures largest. */
  columns() {
    const count = this.panes.length;
    const { width, height } = this.panes[0].layers[0];
    let best = 1;
    let size = 0;
    for (let columns = 1; columns <= count; columns++) {
      const rows = Math.ceil(count / columns);
      const w = (this.views.clientWidth - GAP * (columns - 1)) / columns;
      const h = (this.views.clientHeight - GAP * (rows - 1)) / rows - 28;
      const scale = Math.min(w / width, h / height);
      if (scale > size * 1.02) [best, size] = [columns, scale];
    }
    return best;
  }

  draw() {
    let room = [0, 0];
    for (const pane of this.panes) {
      const { clientWidth: w, clientHeight: h } = pane.frame;
      for (const layer of pane.layers) {
        const dw = layer.width * layer.scale * this.z;
        const dh = layer.height * layer.scale * this.z;
        room = [Math.max(room[0], 0.5 - w / dw / 2), Math.max(room[1], 0.5 - h / dh / 2)];
        layer.x = this.edge(w, dw, this.cx);
        layer.y = this.edge(h, dh, this.cy);
        if (layer.image) layer.image.style.transform = `translate(${layer.x}px, ${layer.y}px) scale(${this.z})`;
      }
    }
    this.cx = clamp(this.cx, 0.5 - room[0], 0.5 + room[0]);
    this.cy = clamp(this.cy, 0.5 - room[1], 0.5 + room[1]);
    this.root.dataset.zoom = this.z.toFixed(3);
    this.share.textContent = `${Math.round(this.z * 100)}%`;
    this.less.disabled = this.fit.disabled = this.z <= 1;
    this.more.disabled = this.z >= MAX;
    this.views.style.touchAction = this.z > 1 ? 'none' : 'pan-y';
    this.views.classList.toggle('zoomed', this.z > 1);
    if (this.panes[0].layers.length === 2) this.drawLine(this.panes[0]);
  }

  /** Left (or top) edge of a picture `long` in a pane `room` wide that looks at `centre`. */
  edge(room, long, centre) {
    return long <= room ? (room - long) / 2 : clamp(room / 2 - centre * long, room - long, 0);
  }

  drawLine(pane) {
    const w = pane.frame.clientWidth;
    const [layer, upper] = pane.layers;
    const left = Math.max(0, layer.x);
    const right = Math.min(w, layer.x + layer.width * layer.scale * this.z);
    this.extent = [left, right];
    const x = left + this.at * (right - left);
    this.line.style.left = `${x}px`;
    upper.element.style.clipPath = `inset(0 0 0 ${x}px)`;
    const share = Math.round(this.at * 100);
    this.line.setAttribute('aria-valuenow', share);
    this.line.setAttribute('aria-valuetext', `${share}%`);
  }

  // --- what people do ---------------------------------------------------------------------------

  listen(frame) {
    frame.addEventListener('wheel', (event) => this.wheel(event, frame), { passive: false });
    frame.onpointerdown = (event) => {
      if (event.button) return;
      this.fingers.set(event.pointerId, event);
      if (this.z > 1 || this.fingers.size > 1) frame.setPointerCapture(event.pointerId);
    };
    frame.onpointermove = (event) => this.drag(event, frame);
    frame.onpointerup = frame.onpointercancel = (event) => this.fingers.delete(event.pointerId);
    frame.onpointerleave = (event) => {
      if (!frame.hasPointerCapture(event.pointerId)) this.fingers.delete(event.pointerId);
    };
    frame.ondblclick = (event) => {
      if (event.target.closest('.line')) return;
      this.ease(true);
      this.zoomAt(this.z > 1 ? 1 / MAX : 2.5, event, frame);
    };
  }

  wheel(event, frame) {
    if (event.deltaY >= 0 && this.z <= 1 && !event.ctrlKey) return; // the page scrolls on
    event.preventDefault();
    this.ease(false);
    const lines = event.deltaMode === 1 ? 16 : 1;
    this.zoomAt(Math.exp(-clamp(event.deltaY * lines, -240, 240) * (event.ctrlKey ? 0.01 : 0.002)), event, frame);
  }

  drag(event, frame) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const others = [...this.fingers.values()].filter((each) => each.pointerId !== event.pointerId);
    this.fingers.set(event.pointerId, event);
    this.ease(false);
    const layer = this.layerOf(frame);
    if (others.length) {
      const [other] = others;
      const apart = (a) => Math.hypot(a.clientX - other.clientX, a.clientY - other.clientY) || 1;
      const middle = { clientX: (event.clientX + other.clientX) / 2, clientY: (event.clientY + other.clientY) / 2 };
      this.zoomAt(apart(event) / apart(before), middle, frame);
    }
    const part = others.length ? 0.5 : 1;
    this.cx -= ((event.clientX - before.clientX) * part) / (layer.width * layer.scale * this.z);
    this.cy -= ((event.clientY - before.clientY) * part) / (layer.height * layer.scale * this.z);
    this.draw();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.views) return;
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const move = moves[event.key];
    if (event.key === '+' || event.key === '=') this.zoom(STEP);
    else if (event.key === '-') this.zoom(1 / STEP);
    else if (this.voting) return; // there arrows and 0 are answers
    else if (event.key === '0') this.reset();
    else if (move && this.z > 1) this.pan(...move);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  pan(x, y) {
    this.ease(true);
    this.cx += (x * 0.15) / this.z;
    this.cy += (y * 0.15) / this.z;
    this.draw();
  }

  slide(event) {
    const steps = { ArrowLeft: -0.02, ArrowDown: -0.02, ArrowRight: 0.02, ArrowUp: 0.02, PageUp: 0.1, PageDown: -0.1 };
    const ends = { Home: 0, End: 1 };
    if (event.key in steps) this.wipeTo(this.at + steps[event.key]);
    else if (event.key in ends) this.wipeTo(ends[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  wipeTo(share) {
    this.at = clamp(share, 0, 1);
    this.draw();
  }

  reset() {
    this.ease(true);
    [this.z, this.cx, this.cy] = [1, 0.5, 0.5];
    this.draw();
  }

  zoom(factor) {
    this.ease(true);
    this.z = clamp(this.z * factor, 1, MAX);
    this.draw();
  }

  /** Zoom so that what lies under `point` stays there. */
  zoomAt(factor, point, frame) {
    const box = frame.getBoundingClientRect();
    const layer = this.layerOf(frame);
    const from = [point.clientX - box.left, point.clientY - box.top];
    const long = [layer.width * layer.scale, layer.height * layer.scale];
    const under = [(from[0] - layer.x) / (long[0] * this.z), (from[1] - layer.y) / (long[1] * this.z)];
    this.z = clamp(this.z * factor, 1, MAX);
    this.cx = under[0] - (from[0] - box.width / 2) / (long[0] * this.z);
    this.cy = under[1] - (from[1] - box.height / 2) / (long[1] * this.z);
    this.draw();
  }

  layerOf(frame) {
    return this.panes.find((pane) => pane.frame === frame).layers[0];
  }

  ease(on) {
    this.views.classList.toggle('eased', on);
  }
}
