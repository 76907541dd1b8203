import { Icon } from "../ui/icon.tsx";

interface PagerProps {
  readonly page: number;
  readonly pages: number;
  readonly onChange: (page: number) => void;
}

/** Turns the page of both models together; the first page has the newest users. */
export function Pager({ page, pages, onChange }: PagerProps) {
  if (pages <= 1) return null;
  return (
    <nav className="pager" aria-label="Pages of both models">
      <button type="button" className="quiet" disabled={page === 0} onClick={() => onChange(0)}>
        Newest
      </button>
      <button
        type="button"
        className="quiet"
        disabled={page === 0}
        onClick={() => onChange(page - 1)}
      >
        <Icon name="newer" /> Newer
      </button>
      <span>
        Page {page + 1} of {pages}
      </span>
      <button
        type="button"
        className="quiet"
        disabled={page + 1 >= pages}
        onClick={() => onChange(page + 1)}
      >
        Older <Icon name="older" />
      </button>
    </nav>
  );
}
