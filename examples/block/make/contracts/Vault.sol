// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// Holds ether; its guard lives in transient storage (EIP-1153), and emptying an account clears a slot.
contract Vault is ReentrancyGuardTransient {
    mapping(address => uint256) public balances;

    error Insufficient(uint256 available, uint256 required);

    function deposit() external payable {
        balances[msg.sender] += msg.value;
    }

    function withdraw(uint256 amount) external nonReentrant {
        uint256 available = balances[msg.sender];
        if (available < amount) revert Insufficient(available, amount);
        balances[msg.sender] = available - amount;
        (bool sent, ) = msg.sender.call{value: amount}("");
        require(sent, "not sent");
    }
}
