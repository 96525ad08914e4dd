package dev.weir.it.interchange.job;

import java.io.Serializable;

/**
 * What differs from one run of the program to the next.
 *
 * @param port of the test's desk on the loopback device
 * @param name unique among the runs of one journey
 * @param holdsCalls whether some asynchronous calls are left unanswered, to be asked again by the next run
 * @param timerDelayMillis after which the processing-time timer of each key is due
 */
public record Leg(int port, String name, boolean holdsCalls, long timerDelayMillis) implements Serializable {}
