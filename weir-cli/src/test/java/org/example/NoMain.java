package org.example;

/** Nothing to call. */
public final class NoMain {
    private NoMain() {}
}
