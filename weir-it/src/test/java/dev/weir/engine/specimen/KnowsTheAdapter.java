package dev.weir.engine.specimen;

import dev.weir.flink.session.WeirSession;

/** Breaks a law on purpose: the engine with a class of the adapter. */
public record KnowsTheAdapter(WeirSession session) {}
