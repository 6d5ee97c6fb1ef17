// The packages one would otherwise take, where they are installed (npm install in bench/peers).

/** @returns {Promise<{ name: string, run: Record<string, (input: object) => Promise<Float32Array>> }[]>} */
export async function loadPeers() {
  const peers = [];
  const attempt = async (name, load) => {
    try {
      peers.push({ name, run: { softmax: await load() } });
    } catch (error) {
      console.log(`without ${name}: ${String(error.message).split('\n')[0]}`);
    }
  };
  await attempt('tfjs-wasm', async () => {
    const { loadTfjs, tfjs } = await import('../peers/tfjs.mjs');
    await loadTfjs();
    return (input) => softmaxOf(tfjs(input, 'softmax'));
  });
  await attempt('onnxruntime-web', async () => {
    const { onnxruntime } = await import('../peers/onnxruntime.mjs');
    return async (input) => softmaxOf(await onnxruntime('onnxruntime-web', input, 'softmax'));
  });
  return peers;
}

/** The probabilities of a benchmark's contender, with the data copied in and out: all of them. */
async function softmaxOf(contenders) {
  const copied = contenders.find(({ placement }) => placement === 'copied');
  await copied.run();
  const p = Float32Array.from(copied.probabilities());
  for (const { free } of contenders) free?.();
  return p;
}
