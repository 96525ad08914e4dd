package org.example;

/** Its main cannot be called from elsewhere. */
final class HiddenMain {
    private HiddenMain() {}

    public static void main(String[] args) {}
}
