package dev.weir.flink.window;

import org.apache.flink.streaming.api.windowing.assigners.WindowAssigner;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * How an operator's windows are.
 *
 * @param slide milliseconds from the start of a window to that of the next, 0 where it is a window's size
 * @param allowedLateness in milliseconds
 * @param lateData where late records go, null where they are dropped
 * @param mayFlatten whether contents are seen once only, when they are dropped, and begin with an object of their own: then
 *     nobody can tell whether the state is the objects or what they held
 */
record WindowSettings(
        WindowAssigner<Object, TimeWindow> assigner,
        long slide,
        long allowedLateness,
        @Nullable OutputTag<Object> lateData,
        boolean mayFlatten) {}
