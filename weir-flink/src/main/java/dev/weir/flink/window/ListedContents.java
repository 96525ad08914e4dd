package dev.weir.flink.window;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** All records, as {@code ListState} keeps them; users get lists of the JDK's. Template. */
final class ListedContents implements Contents {

    @Override
    @SuppressWarnings("unchecked") // what is kept was made here, or restored from what was
    public Object next(@Nullable Object kept, Object value) {
        List<Object> list = kept == null ? new ArrayList<>() : (List<Object>) Objects.requireNonNull(result(kept));
        list.add(Objects.requireNonNull(value, "You cannot add null to a ListState."));
        return list;
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
