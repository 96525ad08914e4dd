package dev.weir.rocksdb.specimen;

import org.apache.flink.api.common.state.ValueState;

/** Breaks a law on purpose: a store that knows Flink's state. */
public record StoresFlinksState(ValueState<String> state) {}
