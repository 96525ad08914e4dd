package org.example;

/** Its main needs an instance. */
public final class InstanceMain {
    public void main(String[] args) {}
}
