package dev.weir.engine.state;

import org.jspecify.annotations.Nullable;

/** Computes the next value of an entry from its previous one, null where there is none, and an argument. */
@FunctionalInterface
public interface Transformation<V, A extends @Nullable Object> {
    @Nullable
    V apply(@Nullable V previous, A argument) throws Exception;
}
