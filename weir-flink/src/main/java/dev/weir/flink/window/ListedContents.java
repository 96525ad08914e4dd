package dev.weir.flink.window;

import dev.weir.engine.state.FlatValues;
import dev.weir.flink.state.WordList;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** All records, as {@code ListState} keeps them, or as words; users get lists of the JDK's. Template. */
final class ListedContents implements Contents {
    private final @Nullable FlatValues<Object> words;

    /** @param words how records are words; null where they are objects */
    ListedContents(@Nullable FlatValues<Object> words) {
        this.words = words;
    }

    @Override
    @SuppressWarnings("unchecked") // what is kept was made here, or restored from what was
    public Object next(@Nullable Object kept, Object value) {
        Objects.requireNonNull(value, "You cannot add null to a ListState.");
        List<Object> list;
        if (kept == null) {
            list = words == null ? new ArrayList<>() : new WordList<>(words);
        } else {
            list = kept instanceof WordList ? (List<Object>) kept : (List<Object>) Objects.requireNonNull(result(kept));
        }
        return WordList.with(list, value);
    }

    @Override
    public @Nullable Object result(@Nullable Object kept) {
        return kept == null || kept instanceof ArrayList ? kept : new ArrayList<>((List<?>) kept);
    }

    @Override
    public boolean nullDrops() {
        return false;
    }
}
