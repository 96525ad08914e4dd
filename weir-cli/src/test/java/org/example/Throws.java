package org.example;

/** Fails before any job. */
public final class Throws {
    private Throws() {}

    public static void main(String[] args) {
        throw new IllegalArgumentException("no input given");
    }
}
