package org.example;

/** Its main needs an instance. */
public final class InstanceMain {
    @SuppressWarnings("IncorrectMainMethod") // what it is for
    public void main(String[] args) {}
}
