package dev.weir.flink.host;

import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.OutputWithChainingCheck;

/** Where an operator's records go: to the next operator of the chain, to edges, or to several of these. */
interface HostedOutput<T> extends OutputWithChainingCheck<StreamRecord<T>> {}
