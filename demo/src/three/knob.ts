/** A point of a scene that can be dragged, in the plane that faces the reader. */
import { Plane, Raycaster, Vector2, Vector3 } from 'three';
import { CSS2DObject } from 'three/addons/renderers/CSS2DRenderer.js';
import type { View } from './view.ts';

export function createKnob(view: View, onMove: (to: Vector3) => void): CSS2DObject {
  const element = document.createElement('div');
  element.className = 'scene-knob';
  const knob = new CSS2DObject(element);
  element.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    event.preventDefault();
    event.stopPropagation();
  });
  element.addEventListener('pointermove', (event) => {
    if (!element.hasPointerCapture(event.pointerId)) return;
    const { left, top, width, height } = view.host.getBoundingClientRect();
    const at = new Vector2(
      (2 * (event.clientX - left)) / width - 1,
      1 - (2 * (event.clientY - top)) / height,
    );
    const ray = new Raycaster();
    ray.setFromCamera(at, view.camera);
    const facing = view.camera.getWorldDirection(new Vector3());
    const plane = new Plane().setFromNormalAndCoplanarPoint(facing, knob.position);
    const to = ray.ray.intersectPlane(plane, new Vector3());
    if (to) onMove(to);
  });
  return knob;
}
