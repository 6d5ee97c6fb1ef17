/** A place to draw in three dimensions: turned by dragging or arrow keys, drawn only when something has changed. */
import {
  AmbientLight,
  Color,
  DirectionalLight,
  type Material,
  type Object3D,
  PerspectiveCamera,
  Scene,
  Spherical,
  SRGBColorSpace,
  Vector3,
  WebGLRenderer,
} from 'three';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';
import { CSS2DObject, CSS2DRenderer } from 'three/addons/renderers/CSS2DRenderer.js';
import { cssColour } from '../ui/css-colour.ts';

/** A point, or the way to it. */
export type Place = readonly [number, number, number];

export interface View {
  readonly scene: Scene;
  readonly host: HTMLElement;
  readonly camera: PerspectiveCamera;
  /** Draws with the next frame. */
  readonly request: () => void;
  /** Text that faces the reader, at a point of the scene. */
  readonly label: (text: string, at: Vector3, kind?: string, colour?: string) => Object3D;
  /** A colour of the page's, by the name of its custom property. */
  readonly colour: (property: string) => Color;
  /**
   * A material of that name and colour, made when it is first asked for and then kept: a new one has its program
   * compiled, which takes longer than all the rest.
   *
   * @param property the colour, as for `colour`; without one it is white
   */
  readonly material: <M extends Material & { color?: Color }>(
    name: string,
    make: () => M,
    property?: string,
  ) => M;
  /** Looks from elsewhere, given relative to the centre. */
  readonly lookFrom: (offset: Place) => void;
  /** Calls back with where it is seen from whenever the reader has turned it. */
  readonly onTurn: (callback: (offset: Place) => void) => void;
  readonly dispose: () => void;
}

const TURN = Math.PI / 24;

/** @throws Error where there is no WebGL */
export function createView(host: HTMLElement, from: Place, around: Place): View {
  const centre = new Vector3(...around);
  const canvas = document.createElement('canvas');
  // Asked for here: three.js would complain on the console, too.
  const context = canvas.getContext('webgl2', { antialias: true, alpha: true });
  if (!context) throw new Error('there is no WebGL');
  const renderer = new WebGLRenderer({ canvas, context, antialias: true, alpha: true });
  renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
  const labels = new CSS2DRenderer();
  labels.domElement.className = 'scene-labels';
  labels.domElement.style.cssText += 'position: absolute; inset: 0';
  labels.domElement.setAttribute('aria-hidden', 'true');
  host.append(renderer.domElement, labels.domElement);

  const materials = new Map<string, Material>();
  const colour = (property: string): Color => {
    const [red, green, blue] = cssColour(property);
    return new Color().setRGB(red / 255, green / 255, blue / 255, SRGBColorSpace);
  };

  const scene = new Scene();
  const camera = new PerspectiveCamera(32, 1, 0.1, 50);
  camera.up.set(0, 0, 1);
  camera.position.copy(centre).add(new Vector3(...from));
  const light = new DirectionalLight(0xffffff, 2.2);
  light.position.set(-2, -3, 5);
  scene.add(new AmbientLight(0xffffff, 1.6), light);

  let frame = 0;
  const draw = (): void => {
    frame = 0;
    renderer.render(scene, camera);
    labels.render(scene, camera);
    host.dataset.drawn = 'true';
  };
  const request = (): void => {
    frame ||= requestAnimationFrame(draw);
  };

  const controls = new OrbitControls(camera, renderer.domElement);
  controls.target.copy(centre);
  controls.enableZoom = false;
  controls.enablePan = false;
  controls.addEventListener('change', request);
  controls.update();
  // A finger that moves up or down scrolls the page.
  renderer.domElement.style.touchAction = 'pan-y';

  const turn = (event: KeyboardEvent): void => {
    const steps: Record<string, [number, number]> = {
      ...{ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] },
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    // Spherical takes y for up.
    const offset = camera.position.clone().sub(centre);
    const around = new Spherical().setFromVector3(new Vector3(offset.x, offset.z, -offset.y));
    around.theta += step[0] * TURN;
    around.phi = Math.max(0.1, Math.min(around.phi + step[1] * TURN, Math.PI - 0.1));
    const turned = new Vector3().setFromSpherical(around);
    camera.position.set(turned.x, -turned.z, turned.y).add(centre);
    controls.update();
    request();
  };
  host.addEventListener('keydown', turn);

  let turned: (offset: Place) => void = () => {};
  let placing = false;
  controls.addEventListener('change', () => {
    if (!placing) turned(camera.position.clone().sub(centre).toArray());
  });

  const resize = new ResizeObserver(([{ contentRect }]) => {
    const { width, height } = contentRect;
    if (width === 0 || height === 0) return;
    renderer.setSize(width, height);
    labels.setSize(width, height);
    camera.aspect = width / height;
    // Narrow: step back, so that nothing is cut off at the sides.
    camera.zoom = Math.min(1, camera.aspect / 1.25);
    camera.updateProjectionMatrix();
    request();
  });
  resize.observe(host);

  return {
    ...{ scene, host, camera, request },
    material<M extends Material & { color?: Color }>(name: string, make: () => M, property?: string): M {
      const key = `${name} ${property}`;
      const material = (materials.get(key) as M | undefined) ?? make();
      materials.set(key, material);
      if (property) material.color?.copy(colour(property));
      return material;
    },
    lookFrom(offset) {
      const position = centre.clone().add(new Vector3(...offset));
      if (camera.position.distanceTo(position) < 1e-6) return;
      placing = true;
      camera.position.copy(position);
      controls.update();
      placing = false;
      request();
    },
    onTurn(callback) {
      turned = callback;
    },
    label(text, at, kind = '', colour = '') {
      const element = document.createElement('span');
      element.className = `scene-label ${kind}`;
      element.style.color = colour;
      element.textContent = text;
      const object = new CSS2DObject(element);
      object.position.copy(at);
      return object;
    },
    colour,
    dispose() {
      cancelAnimationFrame(frame);
      resize.disconnect();
      controls.dispose();
      host.removeEventListener('keydown', turn);
      clear(scene);
      for (const material of materials.values()) material.dispose();
      renderer.dispose();
      renderer.forceContextLoss();
      host.replaceChildren();
    },
  };
}

/** Empties a part of the scene, and gives back its shapes on the graphics card; materials stay for what comes next. */
export function clear(parent: Object3D): void {
  parent.traverse((object) => {
    const { geometry } = object as { geometry?: { dispose(): void } };
    geometry?.dispose();
    if (object instanceof CSS2DObject) object.element.remove();
  });
  parent.clear();
}
