import { useEffect, useState } from 'preact/hooks';

interface Place {
  readonly current: Element | null;
}

/** Whether an element has come near the view: what is heavy is loaded then. */
export function useReached(ref: Place): boolean {
  const near = useIntersecting(ref, '300px');
  const [reached, setReached] = useState(false);
  if (near && !reached) setReached(true);
  return reached || near;
}

/** Whether a good part of an element is in view now: what moves does so then. */
export function useSeen(ref: Place): boolean {
  return useIntersecting(ref, '-25% 0px');
}

function useIntersecting(ref: Place, rootMargin: string): boolean {
  const [is, setIs] = useState(false);
  useEffect(() => {
    if (!ref.current) return;
    const observer = new IntersectionObserver((all) => setIs(all[all.length - 1].isIntersecting), {
      rootMargin,
    });
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, [ref, rootMargin]);
  return is;
}
