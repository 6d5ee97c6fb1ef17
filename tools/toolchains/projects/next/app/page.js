'use client';
import { useEffect, useState } from 'react';
import * as library from 'softmax-simd';
import { smoke } from '../smoke.js';

export default function Page() {
  const [state, setState] = useState('…');
  useEffect(() => {
    smoke(async () => library)
      .catch((error) => ({ problems: [`${error.stack ?? error}`] }))
      .then((report) =>
        fetch('sent', { method: 'POST', body: JSON.stringify({ ...report, isolated: crossOriginIsolated }) }),
      )
      .then(() => setState('sent'));
  }, []);
  return <p>{state}</p>;
}
