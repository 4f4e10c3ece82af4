import { byId, make } from './dom.js';

const strip = byId('images');
let images = [];

/** Data URLs of the images to be sent; they are taken out with it. */
export function takeImages() {
  const taken = images;
  showImages([]);
  return taken;
}

/** The same, left where they are. */
export const currentImages = () => images;

/** Has images picked, dropped on the element or pasted into it. @param {() => void} changed */
export function acceptImages(target, picker, changed) {
  const add = async (files) => {
    const pictures = [...files].filter(({ type }) => type.startsWith('image/'));
    showImages([...images, ...(await Promise.all(pictures.map(readDataUrl)))]);
    changed();
  };
  picker.addEventListener('change', async () => {
    await add(picker.files);
    picker.value = '';
  });
  target.addEventListener('paste', (event) => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    void add(event.clipboardData.files);
  });
  for (const [name, isOver] of [
    ['dragover', true],
    ['dragleave', false],
    ['drop', false],
  ]) {
    target.addEventListener(name, (event) => {
      if (!event.dataTransfer.types.includes('Files')) return;
      event.preventDefault();
      target.classList.toggle('dropping', isOver);
    });
  }
  target.addEventListener('drop', (event) => void add(event.dataTransfer.files));
  strip.addEventListener('click', () => changed());
}

export function showImages(urls) {
  images = urls;
  strip.replaceChildren(
    ...urls.map((src, index) =>
      make(
        'li',
        {},
        make('img', { src, alt: `Image ${index + 1}` }),
        make('button', {
          type: 'button',
          textContent: '×',
          ariaLabel: `Remove image ${index + 1}`,
          onclick: () => showImages(images.filter((_, other) => other !== index)),
        }),
      ),
    ),
  );
}

function readDataUrl(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
