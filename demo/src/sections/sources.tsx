const SOURCES = [
  'John S. Bridle (1990). Probabilistic interpretation of feedforward classification network outputs, with relationships to statistical pattern recognition. In Neurocomputing, Springer.',
  'Ian Goodfellow, Yoshua Bengio, Aaron Courville (2016). Deep Learning, MIT Press. §4.1 on overflow and underflow, §6.2.2 on output units.',
  'Chuan Guo, Geoff Pleiss, Yu Sun, Kilian Q. Weinberger (2017). On calibration of modern neural networks. ICML.',
  'Diederik P. Kingma, Jimmy Ba (2015). Adam: a method for stochastic optimization. ICLR.',
  'Maxim Milakov, Natalia Gimelshein (2018). Online normalizer calculation for softmax. arXiv:1805.02867.',
  'Ashish Vaswani et al. (2017). Attention is all you need. NeurIPS.',
];

export function Sources() {
  return (
    <section id="sources" aria-labelledby="sources-title">
      <h2 id="sources-title">Sources</h2>
      <ul class="sources">
        {SOURCES.map((source) => (
          <li key={source}>{source}</li>
        ))}
      </ul>
    </section>
  );
}
