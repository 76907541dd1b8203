import type { RefObject } from "react";
import { useLayoutEffect, useState } from "react";

/** Measures an element's width and the root font size, and measures again when they change. */
export function useWidth(element: RefObject<HTMLElement | null>) {
  const [measured, setMeasured] = useState({ widthPx: 0, remPx: 16 });
  useLayoutEffect(() => {
    const { current } = element;
    if (!current) return;
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    return () => observer.disconnect();

    function measure(): void {
      const remPx = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
      setMeasured({ widthPx: current?.clientWidth ?? 0, remPx });
    }
  }, [element]);
  return measured;
}
