package dev.weir.flink.host;

import org.jspecify.annotations.Nullable;

/**
 * A record whose timestamp is set to {@code Long.MIN_VALUE}, which the engine's channels use for "no timestamp". Flink
 * tells the two apart ({@code ctx.timestamp()} is null only without one), so the rare case travels wrapped.
 */
record AtMinTimestamp(@Nullable Object value) {}
