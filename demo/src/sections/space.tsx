/** 5. The space of the inputs, and softmax as a map from it to the simplex. */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { fixed, percent, significant } from '../format.ts';
import { Choice } from '../ui/choice.tsx';
import { CLASS_COLOURS, ClassMark } from '../ui/class-mark.tsx';
import { stepOf } from '../ui/log-scale.ts';
import { movesByItself } from '../ui/motion.ts';
import { useSeen } from '../ui/reached.ts';
import { Panel, Section } from '../ui/section.tsx';
import { Slider } from '../ui/slider.tsx';
import { indexed } from '../ui/subscripts.ts';
import { Pictures } from './space-figure.tsx';
import {
  classes,
  degrees,
  kind,
  leader,
  p,
  REACH,
  setScore,
  temperature,
  VIEWPOINTS,
  viewpoint,
  z,
} from './space-model.ts';

const DEGREES_PER_SECOND = 12;
/** Steps of the dial's scale from a tenth to ten. */
const STEPS = 30;

const turning = signal(movesByItself());

export function Space() {
  const frame = useRef<HTMLDivElement>(null);
  const seen = useSeen(frame);
  const deep = classes.value > 3;
  useEffect(() => {
    viewpoint.value = VIEWPOINTS[deep ? 'deep' : 'flat'];
  }, [deep]);
  const moves = classes.value === 5 && turning.value && seen;
  useEffect(() => {
    if (!moves) return;
    let last = performance.now();
    let request = requestAnimationFrame(function next(now) {
      degrees.value = (degrees.peek() + (DEGREES_PER_SECOND * (now - last)) / 1000) % 360;
      last = now;
      request = requestAnimationFrame(next);
    });
    return () => cancelAnimationFrame(request);
  }, [moves]);
  return (
    <Section id="space" number={5} title="A map from scores to shares">
      <div class="columns">
        <p>
          Adding the same to all scores changes nothing, so take their mean away: three scores then live in a
          plane, four in space, five in four dimensions. Each class has a direction there, all equally far
          apart, and the space falls into regions in which one class leads.
        </p>
        <p>
          Probabilities add up to one, which makes them a <dfn>simplex</dfn>: a triangle, a tetrahedron, for
          five classes a body whose shadow you see. Softmax maps the whole space into it, without its
          boundary. Bent levels, on which the leading class keeps its share, become flat; parallel lines, on
          which two shares keep their ratio, meet in a corner.
        </p>
      </div>
      <div ref={frame}>
        <Panel label="The space of scores and the simplex">
          <div class="controls row">
            <Choice
              label="classes"
              value={kind}
              options={[
                ['3', 'three'],
                ['4', 'four'],
                ['5', 'five'],
              ]}
            />
            <Slider
              label={
                <>
                  temperature <i>T</i>
                </>
              }
              value={stepOf(temperature)}
              min={-STEPS}
              max={STEPS}
              step={1}
              format={() => significant(temperature.value)}
            />
            {classes.value === 5 && <Turning />}
          </div>
          <Scores />
          <Pictures />
        </Panel>
      </div>
    </Section>
  );
}

function Turning() {
  return (
    <>
      <Slider
        label="turned through the fourth dimension"
        value={degrees}
        min={0}
        max={360}
        step={1}
        format={(value) => `${Math.round(value)}°`}
      />
      <button
        type="button"
        onClick={() => {
          turning.value = !turning.value;
        }}
      >
        {turning.value ? 'Stop turning' : 'Turn'}
      </button>
    </>
  );
}

function Scores() {
  return (
    <div class="space-scores" data-test="space">
      {z.value.map((score, i) => (
        <div key={String(i)} data-z={score} data-p={p.value[i]}>
          <Slider
            label={
              <>
                <ClassMark index={i} /> {indexed('z', i)}
              </>
            }
            value={{
              get value() {
                return score;
              },
              set value(next) {
                setScore(i, next);
              },
            }}
            colour={CLASS_COLOURS[i]}
            min={-REACH}
            max={REACH}
            step={0.1}
            format={(value) => fixed(value, 1)}
          />
          <p class={i === leader.value ? 'space-share strong' : 'space-share'}>
            {indexed('p', i)} = {percent(p.value[i], 1)}
          </p>
        </div>
      ))}
    </div>
  );
}
