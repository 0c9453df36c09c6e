// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

/// Calls precompiles and logs what they answer.
contract Precompiles {
    event Answer(address indexed precompile, bool success, bytes output);

    function call(address precompile, bytes calldata input) public {
        (bool success, bytes memory output) = precompile.staticcall(input);
        emit Answer(precompile, success, output);
    }

    function callAll(address[] calldata precompiles, bytes[] calldata inputs) external {
        for (uint256 i = 0; i < precompiles.length; i++) call(precompiles[i], inputs[i]);
    }
}
